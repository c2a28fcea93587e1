package claude_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/proxy/claude/claudetest"
	"claude-max-api-proxy/proxy/conversation"
)

// flat says whether the client is told that the model gets the conversation as one text.
func (r rig) flat(ctx context.Context, t *testing.T, q *conversation.Request) (text string, flat bool) {
	t.Helper()
	for e, err := range r.Reply(ctx, q) {
		require.NoError(t, err)
		switch e := e.(type) {
		case conversation.Flattened:
			flat = true
		case conversation.TextDelta:
			text += e.Text
		}
	}
	return text, flat
}

// TestAnOldCLIIsToldOfTheHistoryAsOneText: it cannot be told of it in another form, and the
// client gets to know that.
func TestAnOldCLIIsToldOfTheHistoryAsOneText(t *testing.T) {
	r := newRig(t, claudetest.Real(t, claudetest.WithoutHistory), nil)
	ctx := deadline(t)

	q := question("offline:echo(hello)")
	q.System = []string{"You are Y.", "Be brief."}
	q.MaxTokens = 777
	text1, flat := r.flat(ctx, t, q)
	assert.Equal(t, "hello", text1)
	assert.False(t, flat, "there is no history yet")
	assert.Contains(t, member(t, last(t, r), "system"), `You are Y.\n\nBe brief.`)
	assert.Equal(t, "777", member(t, last(t, r), "max_tokens"))
	assert.Equal(t, heard(t, q.Turns...), said(t, last(t, r)))

	// On from there in the same process it is told nothing but what is new.
	q.Turns = append(q.Turns, assistant("hello"), user(text("offline:echo(more)")))
	text1, flat = r.flat(ctx, t, q)
	assert.Equal(t, "more", text1)
	assert.False(t, flat)
	assert.Equal(t, heard(t, q.Turns...), said(t, last(t, r)))

	// From elsewhere, with all kinds of blocks.
	cold := tooled(question("What is this?", "Let me see.", "", "Red.", "offline:echo(done)"))
	cold.Turns[0].Blocks = append(cold.Turns[0].Blocks, image())
	cold.Turns[1].Blocks = append(cold.Turns[1].Blocks, conversation.ToolUse{ID: "call_1", Name: "ask", Input: json.RawMessage(`{"a":1}`)})
	cold.Turns[2].Blocks = []conversation.Block{conversation.ToolResult{ID: "call_1", Blocks: []conversation.Block{text("a red one")}}}
	text1, flat = r.flat(ctx, t, cold)
	assert.Equal(t, "done", text1)
	assert.True(t, flat)
	got := said(t, last(t, r))
	require.Len(t, got, 3, "text, picture, text: %q", got)
	for _, piece := range []string{"[user]", "What is this?"} {
		assert.Contains(t, got[0], piece)
	}
	assert.Contains(t, got[1], "image")
	at := 0
	for _, piece := range []string{"[assistant]", "Let me see.", "[calls the tool ask as call_1 with ", "[result of the call call_1]", "a red one", "[assistant]", "Red.", "[user, last]", "offline:echo(done)"} {
		i := strings.Index(got[2][at:], piece)
		require.GreaterOrEqual(t, i, 0, piece)
		at += i
	}
	cold.Turns = append(cold.Turns, assistant("done"), user(text("offline:echo(again)")))
	text1, flat = r.flat(ctx, t, cold)
	assert.Equal(t, "again", text1)
	assert.True(t, flat, "its beginning is still one text")

	// A tool's round trip, and no tool of the CLI's own.
	call := tooled(question("offline:tool(ask)"))
	c := r.call(ctx, call)
	require.NoError(t, c.err)
	require.Len(t, c.calls, 1)
	assert.Len(t, offered(t, last(t, r)), 1)
	on := goesOn(call, c, append(resultsOf(c), text("offline:echo(finished)"))...)
	text1, flat = r.flat(ctx, t, on)
	assert.Equal(t, "finished", text1)
	assert.True(t, flat)
	assert.Len(t, r.model.Requests(), 6)

	in, err := r.Inspect(ctx)
	require.NoError(t, err)
	require.Len(t, in.Lacks, 1)
	assert.Contains(t, in.Lacks[0], "claude update")
}
