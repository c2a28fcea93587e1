package claude

import (
	"bytes"
	"context"
	"slices"
	"time"

	"claude-max-api-proxy/proxy/claude/streamjson"
	"claude-max-api-proxy/proxy/claude/toolbridge"
	"claude-max-api-proxy/proxy/conversation"
)

// opening is what a process is told before the first turn: model and system prompt
// once and for all, settings for this turn.
type opening struct {
	model    string // the CLI's name for it
	system   []string
	tools    []conversation.Tool
	settings settings
	print    fingerprint // of a conversation without turns that begins so
}

func newOpening(model string, caps capabilities, r *conversation.Request, s settings, prints []fingerprint) opening {
	tools, more := shortened(r.Tools, caps.LongestDescription)
	return opening{
		model: model, system: append(slices.Clip(r.System), more...), tools: tools,
		settings: s, print: prints[0],
	}
}

// initializeID is the request id of the line that fixes the system prompt.
const initializeID = "initialize"

// open adds the lines of an opening.
func (s *session) open(lines *bytes.Buffer, o opening) error {
	if err := s.adjust(lines, o); err != nil {
		return err
	}
	s.initialized, s.seen = true, o.print
	initialize := streamjson.NewInitialize(o.system, !s.recipe.installation.caps.History)
	if len(o.tools) > 0 {
		initialize.SDKMCPServers = []string{toolbridge.Server}
		s.mu.Lock()
		s.bridge = toolbridge.New(o.tools)
		s.mu.Unlock()
	}
	return streamjson.AppendControl(lines, initializeID, initialize)
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
