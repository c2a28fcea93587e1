package streamjson

import "encoding/json"

// Message is one line that the CLI printed. The types that matter have a Go type
// of their own; everything else is [Other].
type Message interface{ message() }

// Init is the `system` line of subtype `init`, printed once a turn begins.
type Init struct {
	Model string   `json:"model"` // the resolved id
	Tools []string `json:"tools"` // the names of those that the model is offered
}

// Requesting is the `system` line that says that the CLI sends its request
// upstream now: from here on a turn may have cost something.
type Requesting struct{}

// APIRetry announces that the CLI will repeat a request that upstream refused.
type APIRetry struct {
	DelayMS float64 `json:"retry_delay_ms"`
	Status  int     `json:"error_status"` // 0 when there was no answer at all
	Code    string  `json:"error"`        // "overloaded", "rate_limit", …
}

// StreamEvent carries one server-sent event of the Messages API as it came:
// https://docs.anthropic.com/en/api/messages-streaming.
type StreamEvent struct {
	Type         string        `json:"type"` // "message_start", "content_block_delta", …
	Index        int           `json:"index"`
	Message      *MessageStart `json:"message"`
	ContentBlock *ContentBlock `json:"content_block"`
	Delta        *Delta        `json:"delta"`
	Usage        *Usage        `json:"usage"`
}

// MessageStart is the message object of `message_start`.
type MessageStart struct {
	Model string `json:"model"`
	Usage Usage  `json:"usage"`
}

// ContentBlock is the opening of a block.
type ContentBlock struct {
	Type string `json:"type"` // "text", "thinking", "tool_use", …
	ID   string `json:"id"`   // of a tool's call
	Name string `json:"name"` // of a tool
	Text string `json:"text"`
	Data string `json:"data"` // of "redacted_thinking"
}

// Delta is the change that `content_block_delta` or `message_delta` brings.
type Delta struct {
	Type       string `json:"type"` // "text_delta", "thinking_delta", …
	Text       string `json:"text"`
	Thinking   string `json:"thinking"`
	Signature  string `json:"signature"`
	JSON       string `json:"partial_json"` // of a tool's input
	StopReason string `json:"stop_reason"`
	// StopSequence is the text that ended the answer; "" for none.
	StopSequence string `json:"stop_sequence"`
}

// Usage counts tokens as the Messages API does.
type Usage struct {
	InputTokens              int `json:"input_tokens"`
	CacheCreationInputTokens int `json:"cache_creation_input_tokens"`
	CacheReadInputTokens     int `json:"cache_read_input_tokens"`
	OutputTokens             int `json:"output_tokens"`
}

// APIError is the `assistant` line that the CLI makes up for a failed request.
// An `assistant` line without an error repeats what was streamed and is [Other].
type APIError struct {
	Code   string // "authentication_failed", "rate_limit", …
	Status int    // upstream's HTTP status, 0 for none; new CLIs only
	Type   string // upstream's error.type; new CLIs only
	Text   string // for a person
}

// ToolResults is the `user` line by which the CLI says that it has taken over results of
// tool calls.
type ToolResults struct{ IDs []string }

// Result ends a turn, or acknowledges a user line that asked nothing.
type Result struct {
	Subtype        string `json:"subtype"` // "success" also when IsError is set
	IsError        bool   `json:"is_error"`
	APIErrorStatus int    `json:"api_error_status"` // upstream's HTTP status, 0 for none
	APIErrorType   string `json:"api_error_type"`   // upstream's error.type; new CLIs only
	APIError       string `json:"api_error"`        // "usage_limit_reached", …; new CLIs only
	NumTurns       int    `json:"num_turns"`        // 0 for an acknowledgement
	Text           string `json:"result"`           // the answer, or the error's text
	TerminalReason string `json:"terminal_reason"`
}

// RateLimit is what upstream's headers said about the plan's usage windows.
type RateLimit struct {
	Status        string   `json:"status"`        // "allowed", "allowed_warning", "rejected"
	ResetsAt      int64    `json:"resetsAt"`      // Unix seconds, 0 when unknown
	RateLimitType string   `json:"rateLimitType"` // "five_hour", "seven_day", …
	Utilization   *float64 `json:"utilization"`   // 0 to 1; nil when unknown
	// IsUsingOverage: the window is used up, and requests are answered and paid for beyond the plan.
	IsUsingOverage bool `json:"isUsingOverage"`
	// All are the windows by their type; newer CLIs only.
	All Windows `json:"unifiedWindows"`
}

// Windows are usage windows by their type.
type Windows map[string]struct {
	Utilization *float64 `json:"utilization"`
	ResetsAt    int64    `json:"resetsAt"`
	Status      string   `json:"status"`
}

// UnmarshalJSON takes what cannot be read for nothing: the rest of the line says
// more.
func (w *Windows) UnmarshalJSON(data []byte) error {
	type plain Windows
	var p plain
	if json.Unmarshal(data, &p) == nil {
		*w = Windows(p)
	}
	return nil
}

// ControlResponse answers a control request of ours.
type ControlResponse struct {
	RequestID string          `json:"request_id"`
	Subtype   string          `json:"subtype"` // "success" or "error"
	Error     string          `json:"error"`
	Response  json.RawMessage `json:"response"`
}

// ControlRequest is something that the CLI wants from us; it waits for the answer.
type ControlRequest struct {
	RequestID string
	Subtype   string
	// Server and Message are those of the subtype mcp_message: a JSON-RPC message for
	// the MCP server of that name.
	Server  string
	Message json.RawMessage
}

// Other is every line that carries nothing we need.
type Other struct{ Type string }

func (Init) message()            {}
func (Requesting) message()      {}
func (APIRetry) message()        {}
func (StreamEvent) message()     {}
func (APIError) message()        {}
func (ToolResults) message()     {}
func (Result) message()          {}
func (RateLimit) message()       {}
func (ControlResponse) message() {}
func (ControlRequest) message()  {}
func (Other) message()           {}
