package proxy

import (
	"context"
	"iter"
	"net/http"
	"strings"

	"claude-max-api-proxy/proxy/anthropic"
	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/openai"
	"claude-max-api-proxy/proxy/openai/chat"
	"claude-max-api-proxy/proxy/openai/completions"
	"claude-max-api-proxy/proxy/openai/responses"
	"claude-max-api-proxy/proxy/sse"
)

// events is an answer on its way.
type events = iter.Seq2[conversation.Event, error]

// question is a request for an answer, as one protocol has read it.
type question struct {
	// conversation is what the backend is asked.
	conversation conversation.Request
	// model is its name as the client wrote it.
	model string
	// stream asks for an encoder's events instead of one body.
	stream bool
	// ignored names the parameters without effect.
	ignored []string
	// enforce makes the answer keep to what was promised of it; nil where nothing was.
	enforce func(events) events
	// encoder begins a stream.
	encoder func() encoder
	// fold gives the one body of an answer, from the events that a stream is made of.
	fold func(events) ([]byte, *conversation.Error)
	// running is told how to end the answer before its end, and gives what to call when
	// it has ended; nil where nobody can ask for that.
	running func(context.CancelCauseFunc) (ended func())
}

// encoder turns events into those of one protocol's stream. After the first one of a
// stream its status is sent, so what says nothing to the client gives none.
type encoder interface {
	// Event gives what an event says to the client.
	Event(conversation.Event) []sse.Event
	// KeepAlive gives what says nothing.
	KeepAlive() []sse.Event
	// Error gives what ends a stream that failed after it began.
	Error(error) []sse.Event
	// Finished reports that the answer was complete.
	Finished() bool
}

// dialect is how a protocol tells what went wrong.
type dialect interface {
	// Failure gives the status and the body of a failure. The request has an id.
	Failure(err *conversation.Error, request string) (status int, body []byte)
	// Refusal gives the body for what never became a request to the backend.
	Refusal(status int, message, request string) []byte
	// Param is the protocol's word for a parameter of the neutral model.
	Param(name string) string
}

// openaiDialect is that of OpenAI's protocols, which only differ in names.
type openaiDialect struct{ names openai.Names }

func (d openaiDialect) Failure(err *conversation.Error, _ string) (int, []byte) {
	return d.names.ErrorBody(err)
}

func (d openaiDialect) Refusal(status int, message, _ string) []byte {
	return openai.StatusBody(status, message)
}

func (d openaiDialect) Param(name string) string { return d.names.Of(name) }

// dialectOf is the dialect of what a request asks for. Where its path belongs to no protocol, its
// client's is meant, or else the usual one.
func dialectOf(r *http.Request) dialect {
	switch first, _, _ := strings.Cut(routed(r.URL.Path), "/"); first {
	case "chat":
		return openaiDialect{chat.Names}
	case "responses":
		return openaiDialect{responses.Names}
	case "messages":
		return anthropicDialect{}
	case "completions":
		return openaiDialect{completions.Names}
	}
	if r.Header.Get(anthropic.VersionHeader) != "" {
		return anthropicDialect{}
	}
	return openaiDialect{chat.Names}
}

// ask serves a protocol's route for answers. decode reads a body, and checks it.
func (s *Server) ask(decode func(body []byte) (*question, *conversation.Error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		x := w.(*exchange)
		body, ok := s.readBody(x, r)
		if !ok {
			return
		}
		q, invalid := decode(body)
		if invalid != nil {
			x.fail(invalid)
			return
		}
		x.model = q.model
		x.ignore(q.ignored...)
		s.total.Add(1)
		ctx, cancel := context.WithCancelCause(r.Context())
		defer cancel(nil)
		if q.running != nil {
			defer q.running(cancel)()
		}
		r = r.WithContext(ctx)
		answer := s.config.Backend.Reply(ctx, &q.conversation)
		if q.enforce != nil {
			answer = q.enforce(answer)
		}
		var failure *conversation.Error
		if q.stream {
			failure = s.stream(x, r, q.encoder(), answer)
		} else {
			var whole []byte
			if whole, failure = q.fold(noting(x, answer)); failure == nil {
				x.body(http.StatusOK, whole)
			}
		}
		s.conclude(x, r, failure)
	}
}

// conclude accounts for how a request for an answer ended, and answers with the
// failure, if there is one and nothing was sent yet.
func (s *Server) conclude(x *exchange, r *http.Request, failure *conversation.Error) {
	if failure == nil {
		s.config.Concluded(nil)
		return
	}
	failure = cause(r.Context(), failure)
	switch {
	case r.Context().Err() == nil, failure.Kind == conversation.ShuttingDown:
	case failure.Kind == conversation.Cancelled:
		if x.kind = failure.Kind; x.status == 0 {
			x.fail(failure)
		}
		s.config.Concluded(nil)
		return
	default:
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
	if known, ok := context.Cause(ctx).(*conversation.Error); ok {
		return known
	}
	return conversation.AsError(failure)
}
