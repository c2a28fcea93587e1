package claude

import (
	"bytes"
	"context"
	"strconv"
	"time"

	"claude-max-api-proxy/proxy/claude/streamjson"
	"claude-max-api-proxy/proxy/conversation"
)

// opening is what a process is told before the first turn, once and for all.
type opening struct {
	model     string // the CLI's name for it
	system    []string
	maxTokens int
	print     fingerprint // of a conversation without turns that begins so
}

func newOpening(model string, r *conversation.Request, prints []fingerprint) opening {
	return opening{model: model, system: r.System, maxTokens: r.MaxTokens, print: prints[0]}
}

// initializeID is the request id of the line that fixes the system prompt.
const initializeID = "initialize"

// open adds the lines of an opening.
func (s *session) open(lines *bytes.Buffer, o opening) error {
	var late streamjson.FlagSettings
	if s.model != o.model {
		late.Model, s.model = o.model, o.model
	}
	if o.maxTokens > 0 {
		late.Env = map[string]string{"CLAUDE_CODE_MAX_OUTPUT_TOKENS": strconv.Itoa(o.maxTokens)}
	}
	if late.Model != "" || late.Env != nil {
		if err := streamjson.AppendControl(lines, "settings", streamjson.NewFlagSettings(late)); err != nil {
			return err
		}
	}
	s.initialized, s.seen = true, o.print
	return streamjson.AppendControl(lines, initializeID, streamjson.NewInitialize(o.system))
}

// prepare opens a process ahead of the conversation that it expects: a third of
// the CLI's work before the first request is done by then. It must stop there. An
// empty turn that asks nothing would save as much again and leave no trace in
// the conversation, but the CLI would work out its attribution from that turn
// instead of the client's, and what it says of itself is not ours to change.
func (s *session) prepare(ctx context.Context, o opening, limit time.Duration) error {
	var lines bytes.Buffer
	if err := s.open(&lines, o); err != nil {
		return err
	}
	_, err := s.call(ctx, lines.Bytes(), initializeID, limit)
	return err
}
