package claude_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/proxy/claude"
	"claude-max-api-proxy/proxy/claude/claudetest"
	"claude-max-api-proxy/proxy/claude/process"
	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/offline"
)

// rig is a driver with a real CLI in front of the offline model.
type rig struct {
	*claude.Driver
	model *offline.Server
}

func newRig(t *testing.T, cli string, change func(*claude.Config)) rig {
	t.Helper()
	model, err := offline.Start(offline.Config{})
	require.NoError(t, err)
	log := slog.New(slog.DiscardHandler)
	if os.Getenv("CLAUDE_TEST_LOG") != "" {
		log = slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	household, err := process.Open(t.TempDir(), log)
	require.NoError(t, err)
	config := claude.Config{
		Path: cli, Env: claudetest.Environment(t.TempDir(), model.URL()),
		Household: household, Log: log,
	}
	if change != nil {
		change(&config)
	}
	driver, err := claude.New(config)
	require.NoError(t, err)
	t.Cleanup(func() {
		driver.Close()
		assert.NoError(t, household.Close(t.Context()))
		assert.NoError(t, model.Close())
	})
	return rig{driver, model}
}

func deadline(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// reply is an answer, collected.
type reply struct {
	model, text, thinking string
	deltas                int
	done                  conversation.Done
	ignored               []string
	err                   error
}

func (r rig) ask(ctx context.Context, q *conversation.Request) (a reply) {
	for e, err := range r.Reply(ctx, q) {
		if err != nil {
			a.err = err
			return a
		}
		switch e := e.(type) {
		case conversation.Ignored:
			a.ignored = append(a.ignored, e.Param)
		case conversation.Started:
			a.model = e.Model
		case conversation.TextDelta:
			a.text += e.Text
			a.deltas++
		case conversation.ThinkingDelta:
			a.thinking += e.Text
		case conversation.Done:
			a.done = e
		}
	}
	return a
}

func question(texts ...string) *conversation.Request {
	q := &conversation.Request{Model: "claude-opus-4"}
	for i, text := range texts {
		role := conversation.User
		if i%2 == 1 {
			role = conversation.Assistant
		}
		q.Turns = append(q.Turns, conversation.Turn{Role: role, Blocks: []conversation.Block{conversation.Text{Text: text}}})
	}
	return q
}

// said is a recorded request's messages without what the CLI adds of its own:
// reminders, environment notes and cache marks.
func said(t *testing.T, r *offline.Request) []string {
	t.Helper()
	var out []string
	for _, m := range r.Messages {
		if m.Role == "system" {
			continue
		}
		for _, b := range m.Content {
			if b.Type == "text" && strings.HasPrefix(b.Text, "<system-reminder>") {
				continue
			}
			var block map[string]any
			require.NoError(t, json.Unmarshal(b.Raw, &block))
			delete(block, "cache_control")
			text, err := json.Marshal(block)
			require.NoError(t, err)
			out = append(out, m.Role+" "+string(text))
		}
	}
	return out
}

// about are the requests upstream whose last user text has the mark in it.
func (r rig) about(mark string) (out []*offline.Request) {
	for _, q := range r.model.Requests() {
		if strings.Contains(q.LastUserText(), mark) {
			out = append(out, q)
		}
	}
	return out
}

// upstreamSession is the id that one CLI process puts on all its requests.
func upstreamSession(q *offline.Request) string {
	return q.Header.Get("X-Claude-Code-Session-Id")
}

func TestAnswersThroughTheRealCLI(t *testing.T) {
	claudetest.Each(t, func(t *testing.T, cli string) {
		r := newRig(t, cli, nil)
		a := r.ask(deadline(t), question("offline:echo(hello there)"))
		require.NoError(t, a.err)
		assert.Equal(t, "hello there", a.text)
		assert.Equal(t, conversation.EndTurn, a.done.Reason)
		assert.Contains(t, a.model, "claude-opus-")
		require.Len(t, r.model.Requests(), 1)
		assert.Equal(t, []string{`user {"text":"offline:echo(hello there)","type":"text"}`}, said(t, r.model.Requests()[0]))
	})
}
