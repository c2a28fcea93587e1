package conversation

import "encoding/json"

// Tool is a function of the client's that the model may call. It runs at the
// client, never here.
type Tool struct {
	Name        string
	Description string          // may be empty
	Schema      json.RawMessage // JSON Schema of the arguments, an object with a type
}

// ToolChoice says whether the model has to call a tool. The zero value leaves it to
// the model.
type ToolChoice struct {
	Mode ToolMode
	Name string // of the tool that has to be called, with NamedTool
}

// ToolMode is the kind of a [ToolChoice].
type ToolMode string

// The modes, in the Messages API's words.
const (
	AutoTool  ToolMode = ""
	NoTool    ToolMode = "none"
	AnyTool   ToolMode = "any"
	NamedTool ToolMode = "tool"
)

// ToolUse is a call that the model has made.
type ToolUse struct {
	ID    string
	Name  string
	Input json.RawMessage // an object
}

// ToolResult is what came of a call; it belongs to the user's turn right after it.
type ToolResult struct {
	ID      string  // of the call
	Blocks  []Block // Text, Image, Document; may be empty
	IsError bool
}

func (ToolUse) block()    {}
func (ToolResult) block() {}

// MarshalJSON gives the Messages API's content block.
func (t ToolUse) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Type  string          `json:"type"`
		ID    string          `json:"id"`
		Name  string          `json:"name"`
		Input json.RawMessage `json:"input"`
	}{"tool_use", t.ID, t.Name, t.Input})
}

// MarshalJSON gives the Messages API's content block.
func (t ToolResult) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Type    string  `json:"type"`
		ID      string  `json:"tool_use_id"`
		Content []Block `json:"content,omitempty"`
		IsError bool    `json:"is_error,omitempty"`
	}{"tool_result", t.ID, t.Blocks, t.IsError})
}
