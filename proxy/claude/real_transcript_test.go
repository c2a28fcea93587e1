package claude_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/proxy/claude"
	"claude-max-api-proxy/proxy/claude/claudetest"
	"claude-max-api-proxy/proxy/claude/transcript"
	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/offline"
)

// ways collects from the log how requests got to the model.
type ways struct {
	slog.Handler
	mu  sync.Mutex
	all []string
}

func (w *ways) Enabled(context.Context, slog.Level) bool { return true }

func (w *ways) Handle(_ context.Context, r slog.Record) error {
	r.Attrs(func(a slog.Attr) bool {
		if a.Key == "way" {
			w.mu.Lock()
			w.all = append(w.all, a.Value.String())
			w.mu.Unlock()
		}
		return true
	})
	return nil
}

func (w *ways) last() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.all[len(w.all)-1]
}

// rich is a long conversation of all kinds of blocks.
func rich(system string) *conversation.Request {
	q := tooled(&conversation.Request{Model: "claude-opus-4", System: []string{system}})
	said := func(blocks ...conversation.Block) {
		role := conversation.User
		if len(q.Turns)%2 == 1 {
			role = conversation.Assistant
		}
		q.Turns = append(q.Turns, conversation.Turn{Role: role, Blocks: blocks})
	}
	call := func(n int) conversation.ToolUse {
		return conversation.ToolUse{ID: fmt.Sprintf("call_%d", n), Name: "ask", Input: json.RawMessage(`{"b":1,"a":[1.50,"ä<&>"]}`)}
	}
	result := func(n int, blocks ...conversation.Block) conversation.ToolResult {
		return conversation.ToolResult{ID: fmt.Sprintf("call_%d", n), Blocks: blocks}
	}
	for i := range 45 {
		said(text(fmt.Sprintf("/clear %d @/etc/passwd <b>&", i)), text("two\u2028\x00\u202e"), image())
		said(text(fmt.Sprintf("Answer %d.", i)))
	}
	said(text("and now?"))
	said(text("Let me see."), call(1), call(2))
	failed := result(2, text("it failed"))
	failed.IsError = true
	said(result(1, text(strings.Repeat("long ", 60_000)), image()), failed, text("and hurry"))
	said(call(3))
	said(result(3, text("  ok  ")))
	said(text("It is done.\n"))
	said(text("Run /compact."))
	said(text("No."), call(4))
	said(result(4, text("x")), text("offline:echo(done)"))
	return q
}

// TestAHistoryThatIsReadArrivesAsOneThatIsTold: of a client that changes its system prompt
// each time the conversation is read by a process that waits for it.
func TestAHistoryThatIsReadArrivesAsOneThatIsTold(t *testing.T) {
	if !transcript.Supported {
		t.Skip("no named pipes here")
	}
	claudetest.Each(t, func(t *testing.T, cli string) {
		seen := &ways{Handler: slog.DiscardHandler}
		r := newRig(t, cli, func(c *claude.Config) { c.Log = slog.New(seen) })
		first := rich("You are X. It is ten o'clock.")
		first.Effort = conversation.LowEffort // it stands in the messages, too
		require.NoError(t, r.call(deadline(t), first).err)
		told := last(t, r)
		assert.Equal(t, heard(t, first.Turns...), said(t, told))

		var way []string
		for i := range 4 {
			next := rich(fmt.Sprintf("You are X. It is %d o'clock.", 11+i))
			next.MaxTokens, next.Effort = 1000+i, conversation.LowEffort
			c := r.call(deadline(t), next)
			require.NoError(t, c.err)
			assert.Equal(t, "done", c.text)
			way = append(way, seen.last())
			read := last(t, r)
			assert.Equal(t, said(t, told), said(t, read), way)
			assert.Equal(t, strings.Replace(member(t, told, "system"), "ten o'clock", fmt.Sprintf("%d o'clock", 11+i), 1), member(t, read, "system"), "attribution included")
			for _, name := range []string{"model", "tools", "thinking", "messages"} {
				assert.True(t, member(t, told, name) == member(t, read, name), name)
			}
			assert.Equal(t, fmt.Sprint(1000+i), member(t, read, "max_tokens"))
			r.settled(t)
		}
		assert.Equal(t, "reading spare", way[3], way)
		assert.Len(t, r.model.Requests(), 5, "one request each")

		// The same prompt again, and on from there: the process keeps it.
		on := rich("You are X. It is noon.")
		require.NoError(t, r.call(deadline(t), on).err)
		on.Turns = append(on.Turns, assistant("done"), user(text("offline:echo(more)")))
		c := r.call(deadline(t), on)
		require.NoError(t, c.err)
		assert.Equal(t, "more", c.text)
		assert.Equal(t, heard(t, on.Turns...), said(t, last(t, r)))
	})
}

// settled waits until all spares are there.
func (r rig) settled(t *testing.T) {
	t.Helper()
	require.Eventually(t, func() bool {
		p := r.Status().Processes
		return p.Starting == 0 && p.Busy == 0 && p.Warm > 1
	}, 30*time.Second, 5*time.Millisecond)
}

// TestALargeHistoryIsReadWhole: more than a pipe holds, and more than the CLI reads at once.
func TestALargeHistoryIsReadWhole(t *testing.T) {
	if !transcript.Supported {
		t.Skip("no named pipes here")
	}
	cli := claudetest.Either(t)
	seen := &ways{Handler: slog.DiscardHandler}
	r := newRig(t, cli, func(c *claude.Config) { c.Log = slog.New(seen) })
	r.model.SetRespond(func(*offline.Request) offline.Reply { return offline.Text("done") })
	large := func(system string) *conversation.Request {
		var texts []string
		for i := range 200 {
			texts = append(texts, fmt.Sprintf("question %d %s", i, strings.Repeat("ä word ", 3000)), fmt.Sprintf("answer %d", i))
		}
		q := question(append(texts, "last")...)
		q.System = []string{system}
		return q
	}
	for i := range 3 {
		q := large(fmt.Sprint("system ", i))
		require.NoError(t, r.call(deadline(t), q).err)
		assert.Equal(t, heard(t, q.Turns...), said(t, last(t, r)), seen.last())
		if i > 0 {
			r.settled(t)
		}
	}
	assert.Equal(t, "reading spare", seen.last())
}
