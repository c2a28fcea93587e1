package transcript

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"claude-max-api-proxy/proxy/conversation"
)

// Past says how many of the turns a session can begin with: all up to the last answer
// that calls no tools, if the conversation begins with the user. 0 is none.
func Past(turns []conversation.Turn) int {
	if len(turns) == 0 || turns[0].Role != conversation.User {
		return 0
	}
	for n := len(turns) - 1; n > 0; n-- {
		if turns[n-1].Role == conversation.Assistant && !calls(turns[n-1]) {
			return n
		}
	}
	return 0
}

func calls(t conversation.Turn) bool {
	for _, b := range t.Blocks {
		if _, ok := b.(conversation.ToolUse); ok {
			return true
		}
	}
	return false
}

// line is one message of a session file.
type line struct {
	Parent    *string `json:"parentUuid"`
	Sidechain bool    `json:"isSidechain"`
	Type      string  `json:"type"`
	Message   any     `json:"message"`
	UUID      string  `json:"uuid"`
	Timestamp string  `json:"timestamp"`
	SessionID string  `json:"sessionId"`
}

type userMessage struct {
	Role    conversation.Role    `json:"role"`
	Content []conversation.Block `json:"content"`
}

type assistantMessage struct {
	ID           string               `json:"id"`
	Type         string               `json:"type"`
	Role         conversation.Role    `json:"role"`
	Model        string               `json:"model"`
	Content      []conversation.Block `json:"content"`
	StopReason   *string              `json:"stop_reason"`
	StopSequence *string              `json:"stop_sequence"`
	Usage        map[string]int       `json:"usage"`
}

// Append adds the turns as the lines of a session, oldest first, that belongs to the model
// with the resolved id.
func Append(dst *bytes.Buffer, turns []conversation.Turn, model string) error {
	session, now := uuid.NewString(), time.Now().UTC().Format("2006-01-02T15:04:05.000Z")
	encoder := json.NewEncoder(dst)
	encoder.SetEscapeHTML(false)
	var parent *string
	for _, t := range turns {
		id := uuid.NewString()
		l := line{Parent: parent, Type: string(t.Role), UUID: id, Timestamp: now, SessionID: session}
		if t.Role == conversation.User {
			l.Message = userMessage{t.Role, t.Blocks}
		} else {
			l.Message = assistantMessage{
				ID: "msg_" + id, Type: "message", Role: t.Role, Model: model, Content: t.Blocks,
				Usage: map[string]int{"input_tokens": 1, "output_tokens": 1},
			}
		}
		if err := encoder.Encode(l); err != nil {
			return fmt.Errorf("encoding a conversation for the CLI: %w", err)
		}
		parent = &id
	}
	return nil
}
