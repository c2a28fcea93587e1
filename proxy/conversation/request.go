package conversation

import "encoding/json"

// Request is one question to the model: everything it is to know, in order.
type Request struct {
	// Model is the name the client asked for, after the codec took off any
	// provider prefix. The backend resolves it.
	Model string
	// System holds the system and developer texts in the order they came.
	System []string
	// Turns is the conversation. Roles alternate, the last turn is the user's,
	// and no turn is empty: [Normalize] sees to that.
	Turns []Turn
	// Tools are the client's functions; empty for none. Their names differ.
	Tools []Tool
	// ToolChoice and OneToolCall say which calls the answer may have. They mean
	// nothing without Tools.
	ToolChoice  ToolChoice
	OneToolCall bool
	// MaxTokens bounds the answer's length in tokens; 0 leaves it to the model.
	MaxTokens int
	// Temperature is 0 to 1 and TopP above 0 to 1; nil leaves them to the model. The
	// model may refuse them, for instance while it thinks.
	Temperature, TopP *float64 `json:",omitempty"`
	// Stop are texts that end the answer before they would be said; none is blank.
	Stop []string `json:",omitempty"`
	// Effort says how much to think and to write; "" leaves it to the model.
	Effort Effort `json:",omitempty"`
	// Thinking says whether to think before the answer.
	Thinking ThinkingConfig `json:",omitzero"`
	// Schema is a JSON Schema that upstream makes the answer satisfy; nil for none.
	Schema json.RawMessage `json:",omitempty"`
}

// Effort is how much a model thinks and writes before it is content. Not every
// model knows it, or all of its levels; see [Ignored].
type Effort string

// The levels, in ascending order.
const (
	LowEffort    Effort = "low"
	MediumEffort Effort = "medium"
	HighEffort   Effort = "high"
	XHighEffort  Effort = "xhigh"
	MaxEffort    Effort = "max"
)

// ThinkingConfig says whether a model thinks before its answer. Not every one can do without;
// see [Ignored].
type ThinkingConfig struct {
	Mode ThinkingMode
	// Budget is how many tokens the thinking may take; 0 leaves it to the model. One that
	// knows no such bound is told an effort in its place.
	Budget int `json:",omitempty"`
}

// ThinkingMode is what was said about thinking.
type ThinkingMode string

// The modes.
const (
	ThinkAsUsual ThinkingMode = ""         // as the model does where it may
	DoNotThink   ThinkingMode = "disabled" // it was asked not to
	ThinkUnasked ThinkingMode = "omitted"  // it was asked nothing; some models think all the same
)

// Names of parameters in [Error.Param] and [Ignored]: the Messages API's. Codecs say them in
// their protocol's words.
const (
	TemperatureParam = "temperature"
	TopPParam        = "top_p"
	StopParam        = "stop_sequences"
	EffortParam      = "effort"
	ThinkingParam    = "thinking"
	BudgetParam      = "thinking.budget_tokens"
	FormatParam      = "output_config.format"
	ToolChoiceParam  = "tool_choice"
)

// Role says who speaks in a turn.
type Role string

// The two speakers of the Messages API.
const (
	User      Role = "user"
	Assistant Role = "assistant"
)

// Turn is what one speaker said before the other spoke.
type Turn struct {
	Role   Role
	Blocks []Block
}

// Block is one piece of a turn: [Text], [Image], [Document], [ToolUse],
// [ToolResult], [Thinking] or [RedactedThinking].
type Block interface{ block() }

// Text is plain text, UTF-8.
type Text struct{ Text string }

// Image is a picture, carried in the request or fetched by the upstream API.
type Image struct{ Source Source }

// Document is a PDF.
type Document struct {
	Source Source
	// Title is the file's name as the client gave it; may be empty.
	Title string
	// Context is what the client says about it; may be empty.
	Context string
}

// Source says where a medium's bytes are: exactly one of URL and Data is set.
type Source struct {
	// URL is an https address that the upstream API fetches; we never do.
	URL string
	// Data is standard base64, without line breaks, of MediaType.
	Data      string
	MediaType string
}

func (Text) block()     {}
func (Image) block()    {}
func (Document) block() {}

// PlainText is the turn's text without its other blocks.
func (t Turn) PlainText() string {
	if len(t.Blocks) == 1 {
		if text, ok := t.Blocks[0].(Text); ok {
			return text.Text
		}
	}
	var out []byte
	for _, b := range t.Blocks {
		if text, ok := b.(Text); ok {
			out = append(out, text.Text...)
		}
	}
	return string(out)
}

// MarshalJSON gives the Messages API's content block.
func (t Text) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Type string `json:"type"`
		Text string `json:"text"`
	}{"text", t.Text})
}

// MarshalJSON gives the Messages API's content block.
func (i Image) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Type   string `json:"type"`
		Source Source `json:"source"`
	}{"image", i.Source})
}

// MarshalJSON gives the Messages API's content block.
func (d Document) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Type    string `json:"type"`
		Source  Source `json:"source"`
		Title   string `json:"title,omitempty"`
		Context string `json:"context,omitempty"`
	}{"document", d.Source, d.Title, d.Context})
}

// MarshalJSON gives the Messages API's base64 or url source.
func (s Source) MarshalJSON() ([]byte, error) {
	if s.URL != "" {
		return json.Marshal(struct {
			Type string `json:"type"`
			URL  string `json:"url"`
		}{"url", s.URL})
	}
	return json.Marshal(struct {
		Type      string `json:"type"`
		MediaType string `json:"media_type"`
		Data      string `json:"data"`
	}{"base64", s.MediaType, s.Data})
}
