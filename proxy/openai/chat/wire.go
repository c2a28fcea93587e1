package chat

import (
	"encoding/json"

	"claude-max-api-proxy/proxy/conversation"
)

// The wire types hold what is sent and nothing else: a field that is null here is
// one that OpenAI's schema requires. There is no system_fingerprint, which the
// schema does not require and which would mean nothing.

type completion struct {
	ID      string             `json:"id"`
	Object  string             `json:"object"`
	Created int64              `json:"created"`
	Model   string             `json:"model"`
	Choices []completionChoice `json:"choices"`
	Usage   json.RawMessage    `json:"usage"`
}

type completionChoice struct {
	Index        int           `json:"index"`
	Message      answerMessage `json:"message"`
	Logprobs     *struct{}     `json:"logprobs"`
	FinishReason string        `json:"finish_reason"`
}

type answerMessage struct {
	Role             string        `json:"role"`
	Content          *string       `json:"content"` // null only beside calls
	ReasoningContent string        `json:"reasoning_content,omitempty"`
	ToolCalls        []toolCall    `json:"tool_calls,omitempty"`
	FunctionCall     *functionCall `json:"function_call,omitempty"`
	Refusal          *string       `json:"refusal"`
}

// toolCall is a call in a body, and a piece of one in a chunk.
type toolCall struct {
	Index    *int         `json:"index,omitempty"` // chunks only; counts the answer's calls from 0
	ID       string       `json:"id,omitempty"`
	Type     string       `json:"type,omitempty"`
	Function functionCall `json:"function"`
}

// functionCall is a call's function; in the deprecated form it stands alone.
type functionCall struct {
	Name      string `json:"name,omitempty"`
	Arguments string `json:"arguments"` // JSON, in a chunk a piece of it
}

type chunk struct {
	ID      string        `json:"id"`
	Object  string        `json:"object"`
	Created int64         `json:"created"`
	Model   string        `json:"model"`
	Choices []chunkChoice `json:"choices"`
	// Usage is absent, null or the counts.
	Usage json.RawMessage `json:"usage,omitempty"`
}

type chunkChoice struct {
	Index        int       `json:"index"`
	Delta        delta     `json:"delta"`
	Logprobs     *struct{} `json:"logprobs"`
	FinishReason *string   `json:"finish_reason"`
}

type delta struct {
	Role             string  `json:"role,omitempty"`
	Content          *string `json:"content,omitempty"` // "" is said, nil is not
	ReasoningContent string  `json:"reasoning_content,omitempty"`

	ToolCalls    []toolCall    `json:"tool_calls,omitempty"`
	FunctionCall *functionCall `json:"function_call,omitempty"`
}

// finishReason says in OpenAI's words why the answer ended. A reason that came up
// after this was written ended the answer all the same.
func finishReason(reason conversation.StopReason, legacy bool) string {
	switch reason {
	case conversation.ToolCalls:
		if legacy {
			return "function_call"
		}
		return "tool_calls"
	case conversation.MaxTokens:
		return "length"
	case conversation.Refusal:
		return "content_filter"
	default: // EndTurn, StopSequence
		return "stop"
	}
}
