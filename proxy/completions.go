package proxy

import (
	"time"

	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/openai/completions"
	"claude-max-api-proxy/proxy/wire"
)

// completionsQuestion reads the body of POST /v1/completions.
func completionsQuestion(body []byte) (*question, *conversation.Error) {
	r, invalid := completions.Decode(body)
	if invalid != nil {
		return nil, invalid
	}
	e := completions.NewEncoder(wire.NewID("cmpl-"), r, time.Now())
	return &question{
		conversation: r.Conversation(),
		model:        r.Model,
		stream:       r.Stream,
		ignored:      r.Ignored,
		encoder:      func() encoder { return e },
		fold:         e.Fold,
	}, nil
}
