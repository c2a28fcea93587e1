package proxy

import (
	"net/http"

	"claude-max-api-proxy/proxy/anthropic"
	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/wire"
)

// TokenCountHeader says of a count of tokens where it comes from: "estimate" is a guess by
// the request's length.
const TokenCountHeader = "X-Token-Count"

// messagesQuestion reads the body of POST /v1/messages.
func messagesQuestion(body []byte) (*question, *conversation.Error) {
	r, invalid := anthropic.Decode(body)
	if invalid != nil {
		return nil, invalid
	}
	id := wire.NewID("msg_")
	return &question{
		conversation: r.Conversation(),
		model:        r.Model,
		stream:       r.Stream,
		ignored:      r.Ignored,
		encoder:      func() encoder { return anthropic.NewEncoder(id, r) },
		fold:         func(e events) ([]byte, *conversation.Error) { return anthropic.Fold(e, id, r) },
	}, nil
}

// countTokens serves POST /v1/messages/count_tokens. Nobody is asked for it.
func (s *Server) countTokens(w http.ResponseWriter, r *http.Request) {
	x := w.(*exchange)
	body, ok := s.readBody(x, r)
	if !ok {
		return
	}
	request, invalid := anthropic.DecodeCount(body)
	if invalid != nil {
		x.fail(invalid)
		return
	}
	x.Header().Set(TokenCountHeader, "estimate")
	x.body(http.StatusOK, anthropic.CountBody(anthropic.Estimate(request)))
}

// anthropicDialect is that of the Messages API.
type anthropicDialect struct{}

func (anthropicDialect) Failure(err *conversation.Error, request string) (int, []byte) {
	return anthropic.ErrorBody(err, request)
}

func (anthropicDialect) Refusal(status int, message, request string) []byte {
	return anthropic.StatusBody(status, message, request)
}

func (anthropicDialect) Param(name string) string { return anthropic.Param(name) }
