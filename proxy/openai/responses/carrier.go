package responses

import (
	"encoding/base64"
	"encoding/json"
	"strings"

	"claude-max-api-proxy/proxy/conversation"
)

// carrierMark begins what we put into encrypted_content. It is a reasoning item's opaque
// part, which clients keep and send back: here a block of thinking as upstream takes it
// back, with its signature, which is upstream's and cannot be forged.
const carrierMark = "claude-thinking-1."

type carrier struct {
	Text      string `json:"text,omitempty"`
	Signature string `json:"signature,omitempty"`
	Redacted  string `json:"redacted,omitempty"`
}

// pack makes a block of thinking fit to travel.
func pack(b conversation.Block) string {
	var c carrier
	switch b := b.(type) {
	case conversation.Thinking:
		c.Text, c.Signature = b.Text, b.Signature
	case conversation.RedactedThinking:
		c.Redacted = b.Data
	}
	data, err := json.Marshal(c)
	if err != nil {
		panic("responses: a carrier cannot be encoded: " + err.Error())
	}
	return carrierMark + base64.RawStdEncoding.EncodeToString(data)
}

// unpack gives the block back; ok is false for what did not come from here.
func unpack(content string) (b conversation.Block, ok bool) {
	encoded, ours := strings.CutPrefix(content, carrierMark)
	if !ours {
		return nil, false
	}
	data, err := base64.RawStdEncoding.DecodeString(encoded)
	if err != nil {
		return nil, false
	}
	var c carrier
	if json.Unmarshal(data, &c) != nil {
		return nil, false
	}
	switch {
	case c.Redacted != "":
		return conversation.RedactedThinking{Data: c.Redacted}, true
	case c.Signature != "":
		return conversation.Thinking{Text: c.Text, Signature: c.Signature}, true
	default: // upstream would refuse it
		return nil, false
	}
}
