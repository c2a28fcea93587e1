package claude_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/proxy/claude/claudetest"
	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/offline"
)

// sent are the members of a recorded request's body that parameters decide on.
func sent(t *testing.T, r *offline.Request, names ...string) map[string]any {
	t.Helper()
	var body map[string]any
	require.NoError(t, json.Unmarshal(r.Body, &body))
	out := map[string]any{}
	for _, name := range names {
		if v, ok := body[name]; ok {
			out[name] = v
		}
	}
	return out
}

func number(f float64) *float64 { return &f }

// unthinking is a model that can be without thinking, whatever the CLI.
const unthinking = "claude-haiku-4-5"

// TestNoMoreIsAskedForThanTheModelCanWrite: upstream refuses a max_tokens beyond the
// model's limit. The CLI knows the limit and asks for that.
func TestNoMoreIsAskedForThanTheModelCanWrite(t *testing.T) {
	cli := claudetest.Either(t)
	r := newRig(t, cli, nil)
	for i, most := range []int{10_000_000, math.MaxInt32} {
		for j, model := range []string{"claude-opus-4", unthinking} {
			mark := fmt.Sprintf("offline:echo(%d %d)", i, j)
			q := question(mark)
			q.Model, q.MaxTokens = model, most
			a := r.ask(deadline(t), q)
			require.NoError(t, a.err)
			assert.Equal(t, conversation.EndTurn, a.done.Reason)
			asked := r.about(mark)
			require.Len(t, asked, 1)
			limit := map[string]int{"claude-opus-4": 128_000, unthinking: 64_000}[model]
			assert.Equal(t, limit, asked[0].MaxTokens, model)
		}
	}
}

// TestATemperatureBesideThinkingIsLeftOut: upstream would refuse the request, and
// clients that always send one would get no answer at all.
func TestATemperatureBesideThinkingIsLeftOut(t *testing.T) {
	cli := claudetest.Either(t)
	r := newRig(t, cli, nil)
	q := question("offline:echo(hello)")
	q.Temperature, q.TopP = number(0), number(0.5)
	var ignored []string
	for e, err := range r.Reply(deadline(t), q) {
		require.NoError(t, err)
		if e, ok := e.(conversation.Ignored); ok {
			ignored = append(ignored, e.Param)
		}
	}
	assert.Equal(t, []string{"temperature", "top_p"}, ignored)
	assert.Empty(t, sent(t, r.model.Requests()[0], "temperature", "top_p"))
}

// TestEachTurnHasItsOwnParameters: whatever a process was told before, the model is
// asked with the parameters of this turn and no others.
func TestEachTurnHasItsOwnParameters(t *testing.T) {
	type object = map[string]any
	steps := []struct {
		set  func(*conversation.Request)
		want object
	}{
		{func(*conversation.Request) {}, object{}},
		{func(r *conversation.Request) { r.Temperature, r.Stop = number(0), []string{"<END>", "\n\n"} }, object{"temperature": 0.0, "stop_sequences": []any{"<END>", "\n\n"}}},
		{func(r *conversation.Request) { r.TopP = number(0.25) }, object{"top_p": 0.25}},
		{func(r *conversation.Request) { r.MaxTokens = 4321 }, object{}},
		{func(r *conversation.Request) { r.Temperature, r.TopP, r.MaxTokens = number(0.5), number(0), 1234 }, object{"temperature": 0.5, "top_p": 0.0}},
		{func(*conversation.Request) {}, object{}},
	}
	claudetest.Each(t, func(t *testing.T, cli string) {
		r := newRig(t, cli, nil)
		ctx := deadline(t)
		q := &conversation.Request{Model: unthinking, Thinking: conversation.ThinkingConfig{Mode: conversation.DoNotThink}, System: []string{"Be brief."}}
		usual := 0
		for i, step := range steps {
			mark := fmt.Sprintf("step %d", i)
			q.Turns = append(q.Turns, user(text(mark+" offline:echo("+mark+")")))
			turn := *q
			step.set(&turn)
			a := r.ask(ctx, &turn)
			require.NoError(t, a.err)
			require.Equal(t, mark, a.text)
			q.Turns = append(q.Turns, assistant(mark))

			requests := r.model.Requests()
			require.Len(t, requests, i+1)
			last := requests[i]
			got := sent(t, last, "temperature", "top_p", "stop_sequences")
			if _, ours := step.want["temperature"]; !ours && got["temperature"] == 1.0 {
				delete(got, "temperature") // the CLI's own
			}
			assert.Equal(t, step.want, got, mark)
			assert.Equal(t, heard(t, turn.Turns...), said(t, last), mark)
			assert.Equal(t, upstreamSession(requests[0]), upstreamSession(last), "one process answers all turns")
			if i == 0 {
				usual = last.MaxTokens
			}
			if turn.MaxTokens == 0 {
				assert.Equal(t, usual, last.MaxTokens, mark)
			} else {
				assert.Equal(t, turn.MaxTokens, last.MaxTokens, mark)
			}
		}
	})
}

func TestAStopSequenceEndsTheAnswer(t *testing.T) {
	claudetest.Each(t, func(t *testing.T, cli string) {
		r := newRig(t, cli, nil)
		q := question("offline:echo(one two three)")
		q.Stop = []string{"four", "o th"}
		a := r.ask(deadline(t), q)
		require.NoError(t, a.err)
		assert.Equal(t, "one tw", a.text)
		assert.Equal(t, conversation.StopSequence, a.done.Reason)
		next := question("offline:echo(one two three)", "one tw", "offline:echo(one two three)")
		a = r.ask(deadline(t), next)
		require.NoError(t, a.err)
		assert.Equal(t, "one two three", a.text)
		require.Len(t, r.model.Requests(), 2)
		assert.Equal(t, upstreamSession(r.model.Requests()[0]), upstreamSession(r.model.Requests()[1]))
	})
}

// TestAModelThatRefusesAParameter: models differ in what they take, so it is
// upstream that says no, and the client is told to what.
func TestAModelThatRefusesAParameter(t *testing.T) {
	claudetest.Each(t, func(t *testing.T, cli string) {
		r := newRig(t, cli, nil)
		for param, words := range map[string]string{
			"temperature":    "`temperature` may only be set to 1 when thinking is enabled or in adaptive mode.",
			"top_p":          "`top_p` must be greater than or equal to 0.95 or unset when thinking is enabled.",
			"stop_sequences": "stop_sequences: each stop sequence must contain non-whitespace",
		} {
			r.model.SetRespond(func(*offline.Request) offline.Reply {
				return offline.Fail(400, "invalid_request_error", words)
			})
			q := question("hello")
			q.Model, q.Thinking.Mode, q.Temperature = unthinking, conversation.DoNotThink, number(0.5)
			a := r.ask(deadline(t), q)
			failure := conversation.AsError(a.err)
			require.NotNil(t, failure)
			assert.Equal(t, conversation.InvalidRequest, failure.Kind, failure.Message)
			assert.Equal(t, param, failure.Param)
			assert.Contains(t, failure.Message, strings.TrimSuffix(words, "."))
			assert.Equal(t, 400, failure.Status)
		}
		// New CLIs ask again without some of their own betas, but not without this.
		for _, request := range r.model.Requests() {
			assert.Equal(t, map[string]any{"temperature": 0.5}, sent(t, request, "temperature"))
		}
	})
}

// TestEffortReachesTheModel: in one conversation, so that each level has to follow
// upon another, and nothing of a level stays.
func TestEffortReachesTheModel(t *testing.T) {
	type object = map[string]any
	disabled := object{"type": "disabled"}
	claudetest.Each(t, func(t *testing.T, cli string) {
		old := strings.Contains(cli, claudetest.Versions[0])
		for _, model := range []string{"claude-opus-4", "claude-haiku-4", "claude-opus-4-8"} {
			r := newRig(t, cli, nil)
			ctx := deadline(t)
			noEffort := old && model == "claude-haiku-4"
			canBeOff := old || model == "claude-opus-4-8"
			q := &conversation.Request{Model: model}
			var usual object
			for i, effort := range []conversation.Effort{"", "low", "max", "", "xhigh", "none", "medium", "none", ""} {
				mark := fmt.Sprintf("step %d", i)
				q.Effort, q.Thinking.Mode = effort, conversation.ThinkAsUsual
				if effort == "none" {
					q.Effort, q.Thinking.Mode = "", conversation.DoNotThink
				}
				q.Turns = append(q.Turns, user(text(mark+" offline:echo("+mark+")")))
				a := r.ask(ctx, q)
				require.NoError(t, a.err)
				q.Turns = append(q.Turns, assistant(mark))
				requests := r.model.Requests()
				require.Len(t, requests, i+1)
				assert.Equal(t, upstreamSession(requests[0]), upstreamSession(requests[i]))
				got := sent(t, requests[i], "thinking", "output_config")
				if i == 0 {
					usual = got
					require.NotEqual(t, disabled, got["thinking"])
				}
				want, ignored := object{}, false
				maps.Copy(want, usual)
				switch {
				case effort == "none" && canBeOff:
					want["thinking"] = disabled
				case effort == "none":
					want["output_config"], ignored = object{"effort": "low"}, true
				case effort != "" && noEffort:
					ignored = true
				case effort != "":
					want["output_config"] = object{"effort": string(effort)}
				}
				assert.Equal(t, want, got, "%s %q", model, effort)
				assert.Equal(t, ignored, len(a.ignored) == 1, "%s %q", model, effort)
			}
		}
	})
}

// TestThinkingIsAsTheRequestSays: where nothing is said, it is the model's own way, as in
// Anthropic's API; and a budget is kept to where the model has one.
func TestThinkingIsAsTheRequestSays(t *testing.T) {
	unasked, budget := conversation.ThinkingConfig{Mode: conversation.ThinkUnasked}, conversation.ThinkingConfig{Budget: 2000}
	claudetest.Each(t, func(t *testing.T, cli string) {
		r := newRig(t, cli, nil)
		opus := "adaptive"
		if strings.Contains(cli, claudetest.Versions[0]) {
			opus = "disabled" // its newest one is Opus 4.8
		}
		for _, test := range []struct {
			model    string
			thinking conversation.ThinkingConfig
			kind     string
			budget   any
			ignored  []string
		}{
			{unthinking, conversation.ThinkingConfig{}, "enabled", 7999.0, nil},
			{unthinking, unasked, "disabled", nil, nil},
			{unthinking, budget, "enabled", 2000.0, nil},
			{"claude-opus-4", conversation.ThinkingConfig{}, "adaptive", nil, nil},
			{"claude-opus-4", unasked, opus, nil, nil},
			{"claude-opus-4-8", unasked, "disabled", nil, nil},
			{"claude-opus-5", unasked, "adaptive", nil, nil}, // which could be without
			{"claude-opus-4", budget, "adaptive", nil, []string{conversation.BudgetParam}},
		} {
			q := question("offline:echo(hello)")
			q.Model, q.Thinking, q.MaxTokens = test.model, test.thinking, 8000
			a := r.ask(deadline(t), q)
			require.NoError(t, a.err)
			assert.Equal(t, test.ignored, a.ignored, "%v", test)
			got := sent(t, last(t, r), "thinking")["thinking"].(map[string]any)
			assert.Equal(t, test.kind, got["type"], "%v", test)
			assert.Equal(t, test.budget, got["budget_tokens"], "%v", test)
		}
	})
}

// TestASchemaReachesTheModel: beside the effort, which the CLI puts at the same
// place, and for one turn only.
func TestASchemaReachesTheModel(t *testing.T) {
	const schema = `{"type":"object","properties":{"b":{"type":"string"},"a":{"type":"integer"}},"additionalProperties":false}`
	claudetest.Each(t, func(t *testing.T, cli string) {
		r := newRig(t, cli, nil)
		q := question("offline:echo({})")
		q.Schema, q.Effort = json.RawMessage(schema), conversation.LowEffort
		require.NoError(t, r.ask(deadline(t), q).err)
		next := question("offline:echo({})", "{}", "offline:echo(free)")
		next.Effort = conversation.LowEffort
		require.NoError(t, r.ask(deadline(t), next).err)
		requests := r.model.Requests()
		require.Len(t, requests, 2)
		assert.Equal(t, upstreamSession(requests[0]), upstreamSession(requests[1]))
		assert.Contains(t, string(requests[0].Body), `"schema":`+schema, "in the order that the client wrote")
		config := sent(t, requests[0], "output_config")["output_config"].(map[string]any)
		assert.Equal(t, "low", config["effort"])
		assert.Equal(t, "json_schema", config["format"].(map[string]any)["type"])
		assert.Equal(t, map[string]any{"output_config": map[string]any{"effort": "low"}}, sent(t, requests[1], "output_config"))
	})
}

// TestNoModelThinksWhereUpstreamForbidsIt: the offline model refuses what the API does.
func TestNoModelThinksWhereUpstreamForbidsIt(t *testing.T) {
	claudetest.Each(t, func(t *testing.T, cli string) {
		r := newRig(t, cli, nil)
		for _, model := range []string{"claude-opus-4", "claude-haiku-4"} {
			forced := question("offline:tool(no_parameters)")
			forced.Model, forced.Tools = model, exotic[2:3]
			forced.ToolChoice = conversation.ToolChoice{Mode: conversation.AnyTool}
			assert.NoError(t, r.call(deadline(t), forced).err, "a call that has to be made")

			short := question("offline:echo(yes)")
			short.Model, short.MaxTokens = model, 20
			assert.NoError(t, r.ask(deadline(t), short).err, "no room for thinking")

			cold := question("offline:tool(no_parameters)")
			cold.Model, cold.Tools = model, exotic[2:3]
			cold.Turns = append(cold.Turns,
				conversation.Turn{Role: conversation.Assistant, Blocks: []conversation.Block{conversation.ToolUse{ID: "call_1", Name: "no_parameters", Input: []byte("{}")}}},
				conversation.Turn{Role: conversation.User, Blocks: []conversation.Block{conversation.ToolResult{ID: "call_1", Blocks: []conversation.Block{text("offline:echo(done)")}}}})
			require.NoError(t, r.call(deadline(t), cold).err)
			if thinking := member(t, last(t, r), "thinking"); strings.Contains(thinking, `"enabled"`) {
				t.Errorf("%s thinks to a budget after a call without its thought: %s", model, thinking)
			}
		}
	})
}
