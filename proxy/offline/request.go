package offline

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Request is one POST /v1/messages as it came in. It is not changed after it was
// handed to the responder.
type Request struct {
	// Body is the exact JSON that arrived, after gzip was taken off.
	Body    json.RawMessage
	Header  http.Header
	Arrived time.Time

	Model    string
	System   []ContentBlock
	Messages []Message
	Tools    []Tool
	// MaxTokens bounds the answer in tokens; 0 when the request has none.
	MaxTokens int
	Stream    bool
	// StopSequences end the answer's text before one of them is said.
	StopSequences []string
}

// Message is one turn of the conversation. Role is "user" or "assistant"; newer
// CLIs also send "system" in the middle.
type Message struct {
	Role    string
	Content []ContentBlock
}

// ContentBlock is one piece of a message or of the system prompt. A content that
// is given as a string becomes one block of type "text".
type ContentBlock struct {
	// Raw is the block as it arrived, with every field; empty for a string.
	Raw  json.RawMessage
	Type string
	// Text is set in "text" blocks.
	Text string
	// ID, Name and Input are set in "tool_use" blocks.
	ID    string
	Name  string
	Input json.RawMessage
	// ToolUseID, IsError and Content are set in "tool_result" blocks.
	ToolUseID string
	IsError   bool
	Content   []ContentBlock
	// Source is set in "image" and "document" blocks.
	Source Source
}

// Source says where an image's or a document's bytes are. Type is "base64",
// "url", "text" or "file".
type Source struct {
	Type      string `json:"type"`
	MediaType string `json:"media_type"`
	Data      string `json:"data"`
	URL       string `json:"url"`
}

// Tool is one tool that the request offers.
type Tool struct {
	// Raw is the definition as it arrived, with every field.
	Raw         json.RawMessage
	Name        string
	InputSchema json.RawMessage
}

// LastUser is the last message of role "user"; the zero value when there is none.
func (r *Request) LastUser() Message {
	for _, m := range slices.Backward(r.Messages) {
		if m.Role == "user" {
			return m
		}
	}
	return Message{}
}

// LastUserText is the text of the last user message: its text blocks, in order,
// with nothing between them. The CLI's own reminders are part of it.
func (r *Request) LastUserText() string {
	return r.LastUser().Text()
}

// SystemText is the whole system prompt, a blank line between its blocks. The
// CLI's own blocks are part of it.
func (r *Request) SystemText() string {
	var texts []string
	for _, b := range r.System {
		texts = append(texts, b.Text)
	}
	return strings.Join(texts, "\n\n")
}

// ToolNames are the names of the offered tools, in order.
func (r *Request) ToolNames() []string {
	var names []string
	for _, t := range r.Tools {
		names = append(names, t.Name)
	}
	return names
}

// Text is the message's text blocks, in order, with nothing between them.
func (m Message) Text() string {
	var out strings.Builder
	for _, b := range m.Content {
		out.WriteString(b.Text)
	}
	return out.String()
}

// ToolResults are the message's blocks of type "tool_result".
func (m Message) ToolResults() []ContentBlock {
	var results []ContentBlock
	for _, b := range m.Content {
		if b.Type == "tool_result" {
			results = append(results, b)
		}
	}
	return results
}

// media are the images and documents of all messages, those inside tool results
// included.
func (r *Request) media() []Source {
	var found []Source
	for _, m := range r.Messages {
		found = appendMedia(found, m.Content)
	}
	return found
}

func appendMedia(found []Source, blocks []ContentBlock) []Source {
	for _, b := range blocks {
		if b.Type == "image" || b.Type == "document" {
			found = append(found, b.Source)
		}
		found = appendMedia(found, b.Content)
	}
	return found
}
