package claude_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/proxy/claude/claudetest"
	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/offline"
)

// calls is what a model wanted of the tools, and how its answer ended.
type calls struct {
	text    string
	calls   []conversation.ToolUse
	pieces  int
	stop    conversation.StopReason
	ignored []string
	err     error
}

func (r rig) call(ctx context.Context, q *conversation.Request) (c calls) {
	for e, err := range r.Reply(ctx, q) {
		if err != nil {
			c.err = err
			return c
		}
		switch e := e.(type) {
		case conversation.Ignored:
			c.ignored = append(c.ignored, e.Param)
		case conversation.TextDelta:
			c.text += e.Text
		case conversation.ToolCall:
			c.calls = append(c.calls, conversation.ToolUse{ID: e.ID, Name: e.Name})
		case conversation.ToolArguments:
			c.pieces++
			last := &c.calls[len(c.calls)-1]
			last.Input = append(last.Input, e.JSON...)
		case conversation.Done:
			c.stop = e.Reason
		}
	}
	return c
}

// exotic are tools with names and schemas of all kinds.
var exotic = []conversation.Tool{
	{Name: "get.weather-now", Description: "Tells the weather.", Schema: json.RawMessage(`{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}`)},
	{Name: "Bash", Description: "The client's own.", Schema: json.RawMessage(`{"type":"object","properties":{"command":{"type":"string"}},"required":["command"],"$defs":{"x":{"const":1}}}`)},
	{Name: "no_parameters", Schema: json.RawMessage(`{"type":"object","properties":{}}`)},
	{Name: "odd", Description: "Ünïcode", Schema: json.RawMessage(`{"type":"object","patternProperties":{"^a<b>&":{"anyOf":[{"type":"null"},{"$ref":"#/$defs/n"}]}},"$defs":{"n":{"type":"number","exclusiveMinimum":1e3}}}`)},
}

func offered(t *testing.T, r *offline.Request) map[string]offline.Tool {
	t.Helper()
	out := map[string]offline.Tool{}
	for _, tool := range r.Tools {
		out[tool.Name] = tool
	}
	return out
}

func last(t *testing.T, r rig) *offline.Request {
	t.Helper()
	all := r.model.Requests()
	require.NotEmpty(t, all)
	return all[len(all)-1]
}

// member is a member of the body that went upstream, as JSON.
func member(t *testing.T, r *offline.Request, name string) string {
	t.Helper()
	var body map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(r.Body, &body))
	return string(body[name])
}

func TestToolsReachTheModelAsTheyAre(t *testing.T) {
	claudetest.Each(t, func(t *testing.T, cli string) {
		r := newRig(t, cli, nil)
		q := question("offline:tool(get.weather-now)")
		q.Tools = exotic
		c := r.call(deadline(t), q)
		require.NoError(t, c.err)
		assert.Equal(t, conversation.ToolCalls, c.stop)
		require.Len(t, c.calls, 1)
		assert.Equal(t, "get.weather-now", c.calls[0].Name)
		assert.JSONEq(t, `{"city":"offline"}`, string(c.calls[0].Input))
		assert.Greater(t, c.pieces, 1, "the arguments come as they are written")
		assert.NotEmpty(t, c.calls[0].ID)

		sent := offered(t, last(t, r))
		assert.Len(t, sent, len(exotic), "nothing but the client's tools is there")
		for _, want := range exotic {
			assert.Equal(t, want.Description, descriptionOf(t, sent[want.Name]))
			assert.JSONEq(t, string(want.Schema), string(sent[want.Name].InputSchema), want.Name)
		}
		assert.Len(t, r.model.Requests(), 1, "the CLI was not let go on")
	})
}

func TestSixtyToolsReachTheModel(t *testing.T) {
	cli := claudetest.Either(t)
	r := newRig(t, cli, nil)
	q := question("offline:tool(tool-59." + strings.Repeat("x", 50) + ")")
	for i := range 60 {
		q.Tools = append(q.Tools, conversation.Tool{
			Name: fmt.Sprintf("tool-%d.%s", i, strings.Repeat("x", 50)), Description: strings.Repeat("Says a lot. ", 20),
			Schema: json.RawMessage(fmt.Sprintf(`{"type":"object","properties":{"p%d":{"const":%d}}}`, i, i)),
		})
	}
	c := r.call(deadline(t), q)
	require.NoError(t, c.err)
	require.Len(t, c.calls, 1)
	sent := offered(t, last(t, r))
	require.Len(t, sent, 60)
	for _, want := range q.Tools {
		assert.JSONEq(t, string(want.Schema), string(sent[want.Name].InputSchema), want.Name)
	}
}

func TestALongDescriptionIsKeptWhole(t *testing.T) {
	claudetest.Each(t, func(t *testing.T, cli string) {
		r := newRig(t, cli, nil)
		long := strings.Repeat("ä", 2500) + strings.Repeat("😀", 2500) + "the very end"
		q := question("offline:tool(long)")
		q.System = []string{"Be brief."}
		q.Tools = []conversation.Tool{{Name: "long", Description: long, Schema: json.RawMessage(`{"type":"object"}`)}}
		require.NoError(t, r.call(deadline(t), q).err)
		sent := last(t, r)
		assert.Contains(t, string(sent.Body), "the very end")
		assert.Equal(t, 2500, strings.Count(string(sent.Body), "ä"))
		assert.Equal(t, 2500, strings.Count(string(sent.Body), "😀"))
		assert.NotContains(t, string(sent.Body), "truncated")
	})
}

func TestTwoCallsAtOnceAreTwoCalls(t *testing.T) {
	claudetest.Each(t, func(t *testing.T, cli string) {
		r := newRig(t, cli, nil)
		q := question("offline:tools")
		q.Tools = exotic[:2]
		c := r.call(deadline(t), q)
		require.NoError(t, c.err)
		assert.Equal(t, "Two things at once.", c.text)
		require.Len(t, c.calls, 2)
		// The CLI sorts the tools, and the offline model calls the first two.
		assert.Equal(t, []string{"Bash", "get.weather-now"}, []string{c.calls[0].Name, c.calls[1].Name})
		assert.NotEqual(t, c.calls[0].ID, c.calls[1].ID)
		assert.JSONEq(t, `{"command":"offline"}`, string(c.calls[0].Input))
		assert.Len(t, r.model.Requests(), 1)
	})
}

func TestAToolsRoundTripArrivesExactly(t *testing.T) {
	claudetest.Each(t, func(t *testing.T, cli string) {
		r := newRig(t, cli, nil)
		q := question("offline:tools")
		q.Tools = exotic[:2]
		c := r.call(deadline(t), q)
		require.NoError(t, c.err)

		results := []conversation.Block{
			conversation.ToolResult{ID: c.calls[0].ID, Blocks: []conversation.Block{text("sunny"), image()}},
			conversation.ToolResult{ID: c.calls[1].ID, Blocks: []conversation.Block{text(strings.Repeat("0123456789", 100_000))}, IsError: true},
			text("<<<BEGIN_OPENCLAW_INTERNAL_CONTEXT>>>"), text("offline:echo(done)"),
		}
		answered := conversation.Turn{Role: conversation.Assistant, Blocks: []conversation.Block{text(c.text), c.calls[0], c.calls[1]}}
		next := question("offline:tools")
		next.Tools = q.Tools
		next.Turns = append(next.Turns, answered, user(results...))
		c = r.call(deadline(t), next)
		require.NoError(t, c.err)
		assert.Equal(t, "done", c.text)
		assert.Equal(t, conversation.EndTurn, c.stop)
		assert.Equal(t, heard(t, next.Turns...), said(t, last(t, r)))
		assert.Len(t, r.model.Requests(), 2)

		// And on from there, on the process that was kept.
		more := *next
		more.Turns = append(append([]conversation.Turn{}, next.Turns...), assistant("done"), user(text("offline:echo(more)")))
		c = r.call(deadline(t), &more)
		require.NoError(t, c.err)
		assert.Equal(t, "more", c.text)
		assert.Equal(t, heard(t, more.Turns...), said(t, last(t, r)))
	})
}

// TestTheNumbersOfACallAreExactForTheClient, but for the model, when it is told again what it
// called, they are JavaScript's: the README says so.
func TestTheNumbersOfACallAreExactForTheClient(t *testing.T) {
	const wrote = `{"id":1234567890123456789,"price":1.10,"far":1e400,"text":"1234567890123456789"}`
	const told = `{"id":1234567890123456800,"price":1.1,"far":null,"text":"1234567890123456789"}`
	cli := claudetest.Either(t)
	called := func(q *offline.Request) string {
		for _, m := range q.Messages {
			for _, b := range m.Content {
				if b.Type == "tool_use" {
					return string(b.Raw)
				}
			}
		}
		return ""
	}
	var c calls
	q := tooled(question("hello"))
	for _, way := range []string{"held", "replayed"} {
		r := newRig(t, cli, nil)
		r.model.SetRespond(func(q *offline.Request) offline.Reply {
			if called(q) != "" {
				return offline.Text("done")
			}
			return offline.ToolUse("toolu_1", "ask", wrote)
		})
		if way == "held" {
			c = r.call(deadline(t), q)
			require.NoError(t, c.err)
			require.Len(t, c.calls, 1)
			assert.Equal(t, wrote, string(c.calls[0].Input))
		}
		require.NoError(t, r.call(deadline(t), goesOn(q, c, resultsOf(c)...)).err)
		assert.Contains(t, called(last(t, r)), told, way)
	}
}

func TestToolChoiceIsEnforcedUpstream(t *testing.T) {
	claudetest.Each(t, func(t *testing.T, cli string) {
		r := newRig(t, cli, nil)
		for _, c := range []struct {
			choice conversation.ToolChoice
			one    bool
			want   string
		}{
			{conversation.ToolChoice{}, false, ``},
			{conversation.ToolChoice{}, true, `{"type":"auto","disable_parallel_tool_use":true}`},
			{conversation.ToolChoice{Mode: conversation.NoTool}, true, `{"type":"none"}`},
			{conversation.ToolChoice{Mode: conversation.AnyTool}, false, `{"type":"any"}`},
			{conversation.ToolChoice{Mode: conversation.NamedTool, Name: "Bash"}, true, `{"type":"tool","name":"Bash","disable_parallel_tool_use":true}`},
			{conversation.ToolChoice{}, false, ``}, // nothing of the one before is left
		} {
			q := question("offline:echo(hello)")
			q.Model = "claude-haiku-4" // with each of the CLIs one that can be forced
			q.Tools, q.ToolChoice, q.OneToolCall = exotic[:2], c.choice, c.one
			require.NoError(t, r.call(deadline(t), q).err)
			got := member(t, last(t, r), "tool_choice")
			if c.want == "" {
				assert.Contains(t, []string{"", `{"type":"auto"}`}, got)
			} else {
				assert.JSONEq(t, c.want, got)
			}
		}
	})
}

// TestACallThatCannotBeForcedIsAskedForInWords: some models refuse what forces a call.
func TestACallThatCannotBeForcedIsAskedForInWords(t *testing.T) {
	cli := claudetest.Real(t, "2.1.330") // whose Opus is such a model
	r := newRig(t, cli, nil)
	q := question("offline:tool(no_parameters)")
	q.Tools, q.ToolChoice = exotic, conversation.ToolChoice{Mode: conversation.NamedTool, Name: "no_parameters"}
	q.System, q.OneToolCall = []string{"Be brief."}, true
	for try := range 2 {
		r.model.Reset()
		c := r.call(deadline(t), q)
		require.NoError(t, c.err)
		require.Len(t, c.calls, 1)
		assert.Equal(t, []string{conversation.ToolChoiceParam}, c.ignored)
		if try == 0 { // the CLI makes several tries of it
			assert.Contains(t, member(t, r.model.Requests()[0], "tool_choice"), `"tool"`)
		} else {
			assert.Len(t, r.model.Requests(), 1, "it is known")
		}
		asked := last(t, r)
		assert.JSONEq(t, `{"type":"auto","disable_parallel_tool_use":true}`, member(t, asked, "tool_choice"))
		assert.Len(t, offered(t, asked), 1)
		assert.Contains(t, asked.SystemText(), "Be brief.")
		assert.Contains(t, asked.SystemText(), `Answer with a call of the tool "no_parameters"`)
	}
	q.ToolChoice = conversation.ToolChoice{}
	c := r.call(deadline(t), q)
	require.NoError(t, c.err)
	assert.Empty(t, c.ignored, "another choice is nobody's concern")
	assert.Len(t, offered(t, last(t, r)), len(exotic))
	assert.NotContains(t, last(t, r).SystemText(), "Answer with a call")
}

// Clients bound the choice from one request to the next, so what was called before need
// not be offered now.
func TestACallOfAToolThatIsOfferedNoMoreStaysInTheHistory(t *testing.T) {
	claudetest.Each(t, func(t *testing.T, cli string) {
		r := newRig(t, cli, nil)
		q := question("The weather?")
		q.Turns = append(q.Turns,
			conversation.Turn{Role: conversation.Assistant, Blocks: []conversation.Block{
				conversation.ToolUse{ID: "call_1", Name: "Bash", Input: json.RawMessage(`{"command":"date"}`)},
			}},
			conversation.Turn{Role: conversation.User, Blocks: []conversation.Block{
				conversation.ToolResult{ID: "call_1", Blocks: []conversation.Block{text("noon")}},
				text("offline:tool"),
			}})
		q.Tools = exotic[:1]
		c := r.call(deadline(t), q)
		require.NoError(t, c.err)
		require.Len(t, c.calls, 1)
		assert.Equal(t, "get.weather-now", c.calls[0].Name)
		require.Len(t, r.model.Requests(), 1)
		assert.Len(t, last(t, r).Tools, 1)
		assert.Equal(t, heard(t, q.Turns...), said(t, last(t, r)))
	})
}

func TestAToolThatIsNotOfferedRunsNowhere(t *testing.T) {
	claudetest.Each(t, func(t *testing.T, cli string) {
		r := newRig(t, cli, nil)
		canary := t.TempDir() + "/canary"
		for _, name := range []string{"Bash", "Read", "Write", "Task", "mcp__c__ask", "unheard_of"} {
			q := question(`offline:tool(` + name + ` {"command":"touch ` + canary + `","file_path":"` + canary + `"})`)
			q.Tools = []conversation.Tool{{Name: "ask", Schema: json.RawMessage(`{"type":"object"}`)}}
			c := r.call(deadline(t), q)
			require.Error(t, c.err, name)
			assert.Equal(t, conversation.Upstream, conversation.AsError(c.err).Kind)
			assert.Empty(t, c.calls)
		}
		assert.NoFileExists(t, canary)
		assert.Len(t, r.model.Requests(), 6, "the CLI was not let go on")
	})
}

func descriptionOf(t *testing.T, tool offline.Tool) string {
	t.Helper()
	var raw struct{ Description string }
	require.NoError(t, json.Unmarshal(tool.Raw, &raw))
	return raw.Description
}

func TestThinkingBeforeACallIsPutBack(t *testing.T) {
	claudetest.Each(t, func(t *testing.T, cli string) {
		r := newRig(t, cli, nil)
		r.model.SetRespond(func(q *offline.Request) offline.Reply {
			if slices.ContainsFunc(q.Messages, func(m offline.Message) bool { return m.Role == "assistant" }) {
				return offline.Text("done")
			}
			return offline.Script(offline.Thinking("c2lnbmF0dXJl", "Hm, ", "well."), offline.Text("Wait."), offline.ToolUse("toolu_01AbC", "ask", `{}`))
		})
		q := question("hello")
		q.Tools = []conversation.Tool{{Name: "ask", Schema: json.RawMessage(`{"type":"object"}`)}}
		c := r.call(deadline(t), q)
		require.NoError(t, c.err)
		require.Len(t, c.calls, 1)

		// As OpenClaw sends it back: the id is another one, the thinking is gone, and
		// there is a word beside the result.
		call := c.calls[0]
		call.ID = "toolu01AbC"
		next := *q
		next.Turns = append(append([]conversation.Turn{}, q.Turns...),
			conversation.Turn{Role: conversation.Assistant, Blocks: []conversation.Block{text("Wait."), call}},
			user(conversation.ToolResult{ID: call.ID, Blocks: []conversation.Block{text("yes")}}, text("Go on.")))
		require.NoError(t, r.call(deadline(t), &next).err)
		want := heard(t, next.Turns[0], conversation.Turn{Role: conversation.Assistant, Blocks: []conversation.Block{
			conversation.Thinking{Text: "Hm, well.", Signature: "c2lnbmF0dXJl"}, text("Wait."), call,
		}}, next.Turns[2])
		assert.Equal(t, want, said(t, last(t, r)))
	})
}

// TestRepeatedIDsLoseNoResult: clients repeat ids within a turn and over turns, and the CLI
// takes "x_2" for a second "x".
func TestRepeatedIDsLoseNoResult(t *testing.T) {
	claudetest.Each(t, func(t *testing.T, cli string) {
		r := newRig(t, cli, nil)
		for _, ids := range [][]string{{"call_1", "call_1", "call_1"}, {"x", "x_2", "x_3"}, {"x_2", "x", "x"}, {"", "", "é"}} {
			q := tooled(question("hello"))
			for i, id := range ids {
				call := conversation.ToolUse{ID: id, Name: "ask", Input: json.RawMessage(`{}`)}
				again := call
				result := conversation.ToolResult{ID: id, Blocks: []conversation.Block{text(fmt.Sprintf("result %d", i))}}
				second := result
				second.Blocks = []conversation.Block{text(fmt.Sprintf("second result %d", i))}
				q.Turns = append(q.Turns, conversation.Turn{Role: conversation.Assistant, Blocks: []conversation.Block{call, again}}, user(result, second))
			}
			q.Turns = append(q.Turns, assistant("Well."), user(text("offline:echo(done)")))
			var orphan *conversation.Orphan
			q.Turns, orphan = conversation.Pair(q.Turns)
			require.Nil(t, orphan)
			c := r.call(deadline(t), q)
			require.NoError(t, c.err)
			assert.Equal(t, heard(t, q.Turns...), said(t, last(t, r)), ids)
		}
	})
}

// The CLI lists a tool with the name Agent as Task, and passes it on as Agent. Claude Code
// itself has such a one, where it is the client.
func TestAToolMayHaveTheNameOfOneThatTheCLIRenamed(t *testing.T) {
	claudetest.Each(t, func(t *testing.T, cli string) {
		r := newRig(t, cli, nil)
		q := question("offline:tool(Agent)")
		q.Tools = []conversation.Tool{
			{Name: "Agent", Schema: json.RawMessage(`{"type":"object"}`)},
			{Name: "Bash", Schema: json.RawMessage(`{"type":"object"}`)},
		}
		c := r.call(deadline(t), q)
		require.NoError(t, c.err)
		require.Len(t, c.calls, 1)
		assert.Equal(t, "Agent", c.calls[0].Name)

		c.calls[0].Input = json.RawMessage(`{}`)
		q.Turns = append(q.Turns,
			conversation.Turn{Role: conversation.Assistant, Blocks: []conversation.Block{c.calls[0]}},
			conversation.Turn{Role: conversation.User, Blocks: []conversation.Block{
				conversation.ToolResult{ID: c.calls[0].ID, Blocks: []conversation.Block{conversation.Text{Text: "done"}}},
			}})
		c = r.call(deadline(t), q)
		require.NoError(t, c.err)
		assert.Contains(t, c.text, "done")
		assert.Equal(t, []string{"Agent", "Bash"}, last(t, r).ToolNames())
	})
}
