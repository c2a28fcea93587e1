package conversation

import "encoding/json"

// Thinking is what the model thought before it spoke. Upstream takes it back only as it
// was, with its signature.
type Thinking struct{ Text, Signature string }

// RedactedThinking is thinking that upstream shows to nobody.
type RedactedThinking struct{ Data string }

func (Thinking) block()         {}
func (RedactedThinking) block() {}

// IsThinking reports a [Thinking] or [RedactedThinking].
func IsThinking(b Block) bool {
	switch b.(type) {
	case Thinking, RedactedThinking:
		return true
	default:
		return false
	}
}

// MarshalJSON gives the Messages API's content block.
func (t Thinking) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Type      string `json:"type"`
		Thinking  string `json:"thinking"`
		Signature string `json:"signature"`
	}{"thinking", t.Text, t.Signature})
}

// MarshalJSON gives the Messages API's content block.
func (t RedactedThinking) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Type string `json:"type"`
		Data string `json:"data"`
	}{"redacted_thinking", t.Data})
}
