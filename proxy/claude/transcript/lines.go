package transcript

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"claude-max-api-proxy/proxy/claude/streamjson"
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
			l.Message = streamjson.UserMessage{Role: t.Role, Content: t.Blocks}
		} else {
			l.Message = streamjson.NewAssistantMessage(id, model, t.Blocks)
		}
		if err := encoder.Encode(l); err != nil {
			return fmt.Errorf("encoding a conversation for the CLI: %w", err)
		}
		parent = &id
	}
	return nil
}
