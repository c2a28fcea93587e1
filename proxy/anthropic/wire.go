package anthropic

import (
	"encoding/json"

	"claude-max-api-proxy/proxy/conversation"
)

// message is an answer: whole in a body, empty at the beginning of a stream.
type message struct {
	ID           string  `json:"id"`
	Type         string  `json:"type"`
	Role         string  `json:"role"`
	Model        string  `json:"model"`
	Content      []any   `json:"content"`
	StopReason   *string `json:"stop_reason"`
	StopSequence *string `json:"stop_sequence"`
	Usage        usage   `json:"usage"`
}

func newMessage(id, model string, u conversation.Usage) message {
	return message{ID: id, Type: "message", Role: "assistant", Model: model, Content: []any{}, Usage: usageOf(u)}
}

// The content blocks. In a stream they begin empty.
type (
	textBlock struct {
		Type string `json:"type"`
		Text string `json:"text"`
	}
	thinkingBlock struct {
		Type      string `json:"type"`
		Thinking  string `json:"thinking"`
		Signature string `json:"signature"`
	}
	redactedBlock struct {
		Type string `json:"type"`
		Data string `json:"data"`
	}
	toolBlock struct {
		Type  string          `json:"type"`
		ID    string          `json:"id"`
		Name  string          `json:"name"`
		Input json.RawMessage `json:"input"`
	}
)

// usage counts tokens. Unlike OpenAI's, input_tokens is without what the cache has to do with.
type usage struct {
	InputTokens         int `json:"input_tokens"`
	CacheCreationTokens int `json:"cache_creation_input_tokens"`
	CacheReadTokens     int `json:"cache_read_input_tokens"`
	OutputTokens        int `json:"output_tokens"`
}

func usageOf(u conversation.Usage) usage {
	return usage{u.InputTokens, u.CacheCreationTokens, u.CacheReadTokens, u.OutputTokens}
}

// stopReason is the reason in the API's words, which are the neutral model's.
func stopReason(reason conversation.StopReason) *string {
	word := string(reason)
	if word == "" {
		word = string(conversation.EndTurn)
	}
	return &word
}

// stopSequence is the text that ended the answer; null where none did, or the backend does
// not say which.
func stopSequence(done conversation.Done) *string {
	if done.StopSequence == "" {
		return nil
	}
	return &done.StopSequence
}

// The events of a stream; see
// https://docs.anthropic.com/en/docs/build-with-claude/streaming#event-types.
type (
	messageStart struct {
		Type    string  `json:"type"`
		Message message `json:"message"`
	}
	blockStart struct {
		Type  string `json:"type"`
		Index int    `json:"index"`
		Block any    `json:"content_block"`
	}
	blockDelta struct {
		Type  string `json:"type"`
		Index int    `json:"index"`
		Delta delta  `json:"delta"`
	}
	blockStop struct {
		Type  string `json:"type"`
		Index int    `json:"index"`
	}
	messageDelta struct {
		Type  string `json:"type"`
		Delta struct {
			StopReason   *string `json:"stop_reason"`
			StopSequence *string `json:"stop_sequence"`
		} `json:"delta"`
		// Usage repeats what was read, for streams that began before it was known.
		Usage usage `json:"usage"`
	}
	signal struct { // message_stop, ping
		Type string `json:"type"`
	}
)

// delta is a piece of a block; each kind has one member, which is never empty.
type delta struct {
	Type      string `json:"type"`
	Text      string `json:"text,omitempty"`
	Thinking  string `json:"thinking,omitempty"`
	Signature string `json:"signature,omitempty"`
	JSON      string `json:"partial_json,omitempty"`
}
