package proxy

import (
	"net/http"
	"strings"
	"time"

	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/openai"
	"claude-max-api-proxy/proxy/openai/chat"
)

// IgnoredHeader names the request's parameters that have no effect here.
const IgnoredHeader = "X-Ignored-Parameters"

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
	var failure *conversation.Error
	if request.Stream {
		encoder := chat.NewEncoder(id, request.Model, now, request.IncludeUsage)
		failure = s.stream(x, r, encoder, s.config.Backend.Reply(r.Context(), &question))
	} else {
		var answer []byte
		answer, failure = chat.Fold(s.config.Backend.Reply(r.Context(), &question), id, request.Model, now)
		if failure == nil {
			x.body(http.StatusOK, answer)
		}
	}
	switch {
	case r.Context().Err() != nil:
		x.left = true // whatever else went wrong, nobody is there to hear it
	case failure != nil:
		s.failed.Add(1)
		if x.kind = failure.Kind; x.status == 0 {
			x.fail(failure)
		}
	}
}
