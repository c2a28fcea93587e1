package streamjson

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"claude-max-api-proxy/proxy/conversation"
)

// UserLine is a user turn for stdin.
type UserLine struct {
	Blocks []conversation.Block
	// Silent appends the turn to the history without asking for an answer; the
	// CLI acknowledges it with a [Result] of no turns.
	Silent bool
	// Composed says that the text was composed by a client: a leading "/" in it
	// is text, not a command. CLIs that do not know the field ignore it.
	Composed bool
}

// UserMessage is what a user line and a session's file hold of a user turn.
type UserMessage struct {
	Role    conversation.Role    `json:"role"`
	Content []conversation.Block `json:"content"`
}

// Append adds the line to dst.
func (u UserLine) Append(dst *bytes.Buffer) error {
	line := struct {
		Type            string      `json:"type"`
		Message         UserMessage `json:"message"`
		ParentToolUseID *string     `json:"parent_tool_use_id"`
		SessionID       string      `json:"session_id"`
		UUID            string      `json:"uuid"`
		ShouldQuery     *bool       `json:"shouldQuery,omitempty"`
		ClientComposed  bool        `json:"client_composed,omitempty"`
	}{
		Type:           "user",
		Message:        UserMessage{conversation.User, u.Blocks},
		UUID:           uuid.NewString(),
		ClientComposed: u.Composed,
	}
	if u.Silent {
		line.ShouldQuery = new(bool)
	}
	return appendLine(dst, line)
}

// AssistantLine is an answer of the past for stdin; the CLI appends it to the
// history as it is.
type AssistantLine struct {
	Model  string // the resolved id of the session's model
	Blocks []conversation.Block
}

// AssistantMessage is the same of an answer of the past. Make one with
// [NewAssistantMessage].
type AssistantMessage struct {
	ID           string               `json:"id"`
	Type         string               `json:"type"`
	Role         conversation.Role    `json:"role"`
	Model        string               `json:"model"`
	Content      []conversation.Block `json:"content"`
	StopReason   *string              `json:"stop_reason"`
	StopSequence *string              `json:"stop_sequence"`
	Usage        Usage                `json:"usage"`
}

// NewAssistantMessage returns what the model with the resolved id has said, under an id of
// ours.
func NewAssistantMessage(id, model string, blocks []conversation.Block) AssistantMessage {
	return AssistantMessage{
		ID: "msg_" + id, Type: "message", Role: conversation.Assistant,
		Model: model, Content: blocks, Usage: Usage{InputTokens: 1, OutputTokens: 1},
	}
}

// Append adds the line to dst.
func (a AssistantLine) Append(dst *bytes.Buffer) error {
	id := uuid.NewString()
	return appendLine(dst, struct {
		Type            string           `json:"type"`
		Message         AssistantMessage `json:"message"`
		ParentToolUseID *string          `json:"parent_tool_use_id"`
		SessionID       string           `json:"session_id"`
		UUID            string           `json:"uuid"`
	}{
		Type:    "assistant",
		Message: NewAssistantMessage(id, a.Model, a.Blocks),
		UUID:    id,
	})
}

// Initialize fixes the system prompt of a process; only the first one counts.
type Initialize struct {
	Subtype string `json:"subtype"`
	// SystemPrompt is a text, or a list that is joined by blank lines. Empty, but not null,
	// means none: without the field the CLI would use its own.
	SystemPrompt any `json:"systemPrompt"`
	// SDKMCPServers names MCP servers that this side of the pipe plays.
	SDKMCPServers []string `json:"sdkMcpServers,omitempty"`
}

// NewInitialize returns the request for a system prompt of these parts. CLIs before 2.1.120
// want it to be one text, and take an empty list for the wish to have their own.
func NewInitialize(system []string, oneText bool) Initialize {
	r := Initialize{Subtype: "initialize", SystemPrompt: append([]string{}, system...)}
	if oneText {
		r.SystemPrompt = strings.Join(system, "\n\n")
	}
	return r
}

// FlagSettings are settings that take effect from now on, in a process that runs.
type FlagSettings struct {
	Model string            `json:"model,omitempty"` // as --model takes it
	Env   map[string]string `json:"env,omitempty"`   // variables that the CLI reads late
	// EffortLevel is a string, or null for the model's own; see SetEffort.
	EffortLevel json.RawMessage `json:"effortLevel,omitempty"`
}

// SetEffort says how much the model thinks; "" gives it back its own way.
func (s *FlagSettings) SetEffort(level string) {
	s.EffortLevel = json.RawMessage("null")
	if level != "" {
		s.EffortLevel = json.RawMessage(strconv.Quote(level))
	}
}

// Thinking says how many tokens a model may think with; to one that decides on that itself it
// makes no difference but for 0.
type Thinking struct {
	Subtype   string          `json:"subtype"`
	MaxTokens json.RawMessage `json:"max_thinking_tokens"` // a number, 0 for no thinking; null gives the model back its own way
}

// NewThinking returns the request for so many tokens, in digits; "" stands for the model's own way.
func NewThinking(tokens string) Thinking {
	return Thinking{Subtype: "set_max_thinking_tokens", MaxTokens: json.RawMessage(cmp.Or(tokens, "null"))}
}

// NewFlagSettings returns the request that applies them.
func NewFlagSettings(s FlagSettings) any {
	return struct {
		Subtype  string       `json:"subtype"`
		Settings FlagSettings `json:"settings"`
	}{"apply_flag_settings", s}
}

// Plain is a control request that has a name and nothing else.
type Plain struct {
	Subtype string `json:"subtype"`
}

// AppendControl adds a control request with an id of the caller's to dst.
func AppendControl(dst *bytes.Buffer, id string, request any) error {
	return appendLine(dst, struct {
		Type      string `json:"type"`
		RequestID string `json:"request_id"`
		Request   any    `json:"request"`
	}{"control_request", id, request})
}

// AppendMCP adds the answer to a [ControlRequest] of subtype mcp_message.
func AppendMCP(dst *bytes.Buffer, request ControlRequest, message any) error {
	type inner struct {
		Message any `json:"mcp_response"`
	}
	type response struct {
		Subtype   string `json:"subtype"`
		RequestID string `json:"request_id"`
		Response  inner  `json:"response"`
	}
	return appendLine(dst, struct {
		Type     string   `json:"type"`
		Response response `json:"response"`
	}{"control_response", response{"success", request.RequestID, inner{message}}})
}

// AppendRefusal adds the answer to a control request of the CLI that we do not
// serve: without one it would wait for ever.
func AppendRefusal(dst *bytes.Buffer, request ControlRequest) error {
	type refusal struct {
		Subtype   string `json:"subtype"`
		RequestID string `json:"request_id"`
		Error     string `json:"error"`
	}
	return appendLine(dst, struct {
		Type     string  `json:"type"`
		Response refusal `json:"response"`
	}{"control_response", refusal{"error", request.RequestID, "not supported: " + request.Subtype}})
}

// appendLine writes v and a newline. A line must be whole: a malformed one makes
// the CLI exit.
func appendLine(dst *bytes.Buffer, v any) error {
	encoder := json.NewEncoder(dst)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return fmt.Errorf("encoding a line for the CLI: %w", err)
	}
	return nil
}
