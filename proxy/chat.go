package proxy

import (
	"time"

	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/openai/chat"
	"claude-max-api-proxy/proxy/wire"
)

// chatQuestion reads the body of POST /v1/chat/completions.
func chatQuestion(body []byte) (*question, *conversation.Error) {
	r, invalid := chat.Decode(body)
	if invalid != nil {
		return nil, invalid
	}
	id, now := wire.NewID("chatcmpl-"), time.Now()
	return &question{
		conversation: r.Conversation(),
		model:        r.Model,
		stream:       r.Stream,
		ignored:      r.Ignored,
		enforce:      r.Enforce,
		encoder:      func() encoder { return chat.NewEncoder(id, r, now) },
		fold:         func(e events) ([]byte, *conversation.Error) { return chat.Fold(e, id, r, now) },
	}, nil
}
