package claude_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/proxy/claude"
	"claude-max-api-proxy/proxy/claude/claudetest"
	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/offline"
)

// ask offers one tool and asks for n calls of it at once; once there are results the
// model says so.
func callsFor(n int) func(*offline.Request) offline.Reply {
	return func(q *offline.Request) offline.Reply {
		for _, m := range q.Messages {
			for _, b := range m.Content {
				if b.Type == "tool_result" {
					return offline.Text("done")
				}
			}
		}
		steps := []offline.Reply{offline.Thinking("c2lnbmF0dXJl", "Hm."), offline.Text("Wait.")}
		for i := range n {
			steps = append(steps, offline.ToolUse(fmt.Sprintf("toolu_%02dAbC", i), "ask", fmt.Sprintf(`{"n": %d, "a": "ä"}`, i)))
		}
		return offline.Script(steps...)
	}
}

func tooled(q *conversation.Request) *conversation.Request {
	q.Tools = []conversation.Tool{{Name: "ask", Description: "Asks.", Schema: json.RawMessage(`{"type":"object"}`)}}
	return q
}

// goesOn is the conversation after the client has run the calls.
func goesOn(q *conversation.Request, c calls, results ...conversation.Block) *conversation.Request {
	next := *q
	answer := conversation.Turn{Role: conversation.Assistant, Blocks: []conversation.Block{text(c.text)}}
	for _, call := range c.calls {
		answer.Blocks = append(answer.Blocks, call)
	}
	next.Turns = append(append([]conversation.Turn{}, q.Turns...), answer, user(results...))
	return &next
}

func resultsOf(c calls) (blocks []conversation.Block) {
	for i, call := range c.calls {
		blocks = append(blocks, conversation.ToolResult{ID: call.ID, Blocks: []conversation.Block{
			text(fmt.Sprintf("/result %d of @/etc/passwd \u202e\x00", i)), text("and more"),
		}})
	}
	return blocks
}

// TestHeldCallsGoOnExactlyAsReplayedOnes: whether the process that has asked for the
// calls goes on with the results, or another one is told everything, upstream gets the
// same messages.
func TestHeldCallsGoOnExactlyAsReplayedOnes(t *testing.T) {
	claudetest.Each(t, func(t *testing.T, cli string) {
		for _, n := range []int{1, 2, 12} {
			t.Run(fmt.Sprint(n), func(t *testing.T) {
				held, other := newRig(t, cli, nil), newRig(t, cli, nil)
				held.model.SetRespond(callsFor(n))
				other.model.SetRespond(callsFor(n))
				q := tooled(question("hello"))
				q.System = []string{"You are brief."}
				c := held.call(deadline(t), q)
				require.NoError(t, c.err)
				require.Len(t, c.calls, n)
				next := goesOn(q, c, resultsOf(c)...)
				answered := held.call(deadline(t), next)
				require.NoError(t, answered.err)
				assert.Equal(t, "done", answered.text)
				requests := held.model.Requests()
				require.Len(t, requests, 2)
				assert.Equal(t, upstreamSession(requests[0]), upstreamSession(requests[1]), "the process went on")

				require.NoError(t, other.call(deadline(t), next).err)
				replayed := said(t, last(t, other))
				if n > 0 { // the second one has not seen the thinking
					require.Contains(t, said(t, requests[1])[1], "thinking")
				}
				got := said(t, requests[1])
				got = append(got[:1:1], got[2:]...)
				assert.Equal(t, replayed, got)
				for _, name := range []string{"model", "tools", "tool_choice", "max_tokens", "thinking", "output_config"} {
					assert.Equal(t, member(t, last(t, other), name), member(t, requests[1], name), name)
				}

				more := *next
				more.Turns = append(append([]conversation.Turn{}, next.Turns...), assistant("done"), user(text("offline:echo(more)")))
				require.NoError(t, held.call(deadline(t), &more).err)
				assert.Equal(t, upstreamSession(requests[0]), upstreamSession(last(t, held)), "the process keeps the conversation")
			})
		}
	})
}

// TestWhatAHeldProcessCannotTakeIsReplayed: shapes that the CLI would change on their
// way to the model.
func TestWhatAHeldProcessCannotTakeIsReplayed(t *testing.T) {
	cli := claudetest.Either(t)
	r := newRig(t, cli, nil)
	r.model.SetRespond(callsFor(1))
	result := func(blocks ...conversation.Block) conversation.ToolResult {
		return conversation.ToolResult{ID: "toolu_00AbC", Blocks: blocks}
	}
	failed := result(text("it failed"))
	failed.IsError = true
	for name, next := range map[string][]conversation.Block{
		"a word beside the result": {result(text("yes")), text("and hurry")},
		"a failure":                {failed},
		"a picture":                {result(text("look"), image())},
		"a long result":            {result(text(strings.Repeat("long ", 60_000)))},
		"a blank text":             {result(text("yes"), text(" "))},
	} {
		t.Run(name, func(t *testing.T) {
			r.model.Reset()
			q := tooled(question("hello " + name))
			q.Tools[0].Description = name // each is another client
			c := r.call(deadline(t), q)
			require.NoError(t, c.err)
			on := goesOn(q, c, next...)
			c = r.call(deadline(t), on)
			require.NoError(t, c.err)
			assert.Equal(t, "done", c.text)
			requests := r.model.Requests()
			require.Len(t, requests, 2)
			assert.NotEqual(t, upstreamSession(requests[0]), upstreamSession(requests[1]))
			heldBack := said(t, requests[1])
			assert.Contains(t, heldBack[1], "thinking", "put back")
			assert.Equal(t, heard(t, on.Turns...), append(heldBack[:1:1], heldBack[2:]...))
		})
	}
}

// TestAHeldProcessIsBoundedAndNeverMissed: of many conversations that wait for results
// the processes are ended, and each goes on all the same.
func TestAHeldProcessIsBoundedAndNeverMissed(t *testing.T) {
	cli := claudetest.Either(t)
	r := newRig(t, cli, func(c *claude.Config) { c.MaxProcesses = 3 })
	r.model.SetRespond(callsFor(1))
	var on []*conversation.Request
	for i := range 4 {
		q := tooled(question(fmt.Sprintf("hello %d", i)))
		c := r.call(deadline(t), q)
		require.NoError(t, c.err)
		on = append(on, goesOn(q, c, resultsOf(c)...))
	}
	for i, next := range on {
		c := r.call(deadline(t), next)
		require.NoError(t, c.err)
		assert.Equal(t, "done", c.text)
		assert.Contains(t, said(t, last(t, r))[0], fmt.Sprintf("hello %d", i))
	}
	assert.Len(t, r.model.Requests(), 8)
}
