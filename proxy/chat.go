package proxy

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/openai"
	"claude-max-api-proxy/proxy/openai/chat"
)

// chatCompletions serves POST /v1/chat/completions.
func (s *Server) chatCompletions(w http.ResponseWriter, r *http.Request) {
	x := w.(*exchange)
	body, ok := s.readBody(x, r)
	if !ok {
		return
	}
	request, invalid := chat.Decode(body)
	if invalid != nil {
		x.fail(invalid)
		return
	}
	x.model = request.Model
	if len(request.Ignored) > 0 {
		x.Header().Set(IgnoredHeader, strings.Join(request.Ignored, ", "))
	}
	s.total.Add(1)
	question := request.Conversation()
	id, now := openai.NewID("chatcmpl-"), time.Now()
	events := request.Enforce(s.config.Backend.Reply(r.Context(), &question))
	var failure *conversation.Error
	if request.Stream {
		encoder := chat.NewEncoder(id, request, now)
		failure = s.stream(x, r, encoder, events)
	} else {
		var answer []byte
		answer, failure = chat.Fold(noting(x, events), id, request, now)
		if failure == nil {
			x.body(http.StatusOK, answer)
		}
	}
	s.conclude(x, r, failure)
}

// conclude accounts for how a request for an answer ended, and answers with the
// failure, if there is one and nothing was sent yet.
func (s *Server) conclude(x *exchange, r *http.Request, failure *conversation.Error) {
	if failure == nil {
		s.config.Concluded(nil)
		return
	}
	failure = cause(r.Context(), failure)
	if r.Context().Err() != nil && failure.Kind != conversation.ShuttingDown {
		x.left = true // whatever else went wrong follows from that
		if x.status == 0 {
			// It may only have closed its own side, and not be told "200" by default.
			x.refuse(statusClientLeft, "The client closed its connection before the answer was complete.")
		}
		s.config.Concluded(nil)
		return
	}
	s.failed.Add(1)
	if x.kind = failure.Kind; x.status == 0 {
		x.fail(failure)
	}
	s.config.Concluded(failure)
}

// statusClientLeft is nginx' status for the same.
const statusClientLeft = 499

// cause is why the request was ended, where we did that, and otherwise the failure.
func cause(ctx context.Context, failure error) *conversation.Error {
	if known, ok := errors.AsType[*conversation.Error](context.Cause(ctx)); ok {
		return known
	}
	return conversation.AsError(failure)
}
