package responses

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/proxy/codectest"
	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/openai/openaitest"
	"claude-max-api-proxy/proxy/sse"
)

// fold does what clients do with a stream: it opens items, lets them grow by deltas, and holds
// what came against what the events that end things say. It knows nothing of this package's
// types.
func fold(t testing.TB, stream []sse.Event) (body map[string]any) {
	t.Helper()
	var items []map[string]any
	texts := map[int]string{}
	for i, event := range stream {
		var e struct {
			Type        string
			OutputIndex int    `json:"output_index"`
			ItemID      string `json:"item_id"`
			Delta       string
			Text        *string
			Arguments   *string
			Input       *string
			Item        map[string]any
			Response    map[string]any
		}
		require.NoError(t, json.Unmarshal(event.Data, &e))
		if e.ItemID != "" {
			require.Equal(t, items[e.OutputIndex]["id"], e.ItemID)
		}
		texts[e.OutputIndex] += e.Delta
		for _, whole := range []*string{e.Text, e.Arguments, e.Input} {
			if whole != nil {
				require.Equal(t, *whole, texts[e.OutputIndex])
			}
		}
		switch e.Type {
		case "response.created":
			require.Zero(t, i)
		case "response.in_progress": // takes the place of all that was kept
			output := e.Response["output"].([]any)
			require.Len(t, output, len(items))
			for n, it := range output {
				it := it.(map[string]any)
				require.Equal(t, items[n]["id"], it["id"])
				require.Equal(t, texts[n], textOf(it))
			}
		case "response.output_item.added":
			require.Len(t, items, e.OutputIndex, "one item after the other")
			items = append(items, e.Item)
		case "response.output_item.done":
			require.Len(t, items, e.OutputIndex+1)
			require.Equal(t, items[e.OutputIndex]["id"], e.Item["id"])
			require.Equal(t, texts[e.OutputIndex], textOf(e.Item))
			items[e.OutputIndex] = e.Item
		case "response.completed", "response.incomplete", "response.failed":
			require.Equal(t, len(stream)-1, i)
			body = e.Response
		}
	}
	whole := []any{}
	for _, it := range items {
		whole = append(whole, it)
	}
	require.Equal(t, whole, body["output"], "the items of the stream are the output")
	return body
}

// textOf is what an item's deltas should have come to.
func textOf(item map[string]any) string {
	first := func(list any) string {
		parts := list.([]any)
		if len(parts) == 0 {
			return ""
		}
		return parts[0].(map[string]any)["text"].(string)
	}
	switch item["type"] {
	case "message":
		return first(item["content"])
	case "reasoning":
		return first(item["summary"])
	case "custom_tool_call":
		return item["input"].(string)
	default:
		return item["arguments"].(string)
	}
}

func TestFoldingTheStreamGivesTheBody(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	texts := []string{"Hello", " ", "\n", "wörld", "<b>&amp;</b>", "\"\\", "😀", "\u2028", "data: [DONE]\n\n", `{"input":"x"}`}
	reasons := []conversation.StopReason{
		conversation.EndTurn, conversation.MaxTokens, conversation.StopSequence, conversation.Refusal, conversation.ToolCalls, "pause_turn", "",
	}
	s := newStore()
	r, invalid := s.Decode([]byte(`{"model":"opus","input":"Hi","tools":[{"type":"function","name":"now"},{"type":"custom","name":"patch"},
		{"type":"namespace","name":"n","description":"","tools":[{"type":"function","name":"now"}]}]}`))
	require.Nil(t, invalid)
	answers := 300
	if testing.Short() {
		answers = 60 // each event of each is held against the schema
	}
	for i := range answers {
		steps := []codectest.Step{{Silence: random.IntN(4) == 0}}
		if !steps[0].Silence {
			steps = nil
		}
		add := func(e conversation.Event) { steps = append(steps, codectest.Step{Event: e}) }
		add(conversation.Started{Model: "claude-opus-4-8"})
		for range random.IntN(7) {
			text := texts[random.IntN(len(texts))]
			switch random.IntN(6) {
			case 0:
				add(conversation.ThinkingDelta{Text: text})
				if random.IntN(2) == 0 {
					add(conversation.Thought{Block: conversation.Thinking{Text: text, Signature: "s"}})
				}
			case 1:
				add(conversation.Thought{Block: conversation.RedactedThinking{Data: text}})
			case 2:
				steps = append(steps, codectest.Step{Silence: true})
			case 3:
				add(conversation.ToolCall{ID: fmt.Sprint("toolu_", len(steps)), Name: []string{"now", "patch", "n__now", "unknown"}[random.IntN(4)]})
				for range random.IntN(3) {
					add(conversation.ToolArguments{JSON: texts[random.IntN(len(texts))]})
				}
			default:
				add(conversation.TextDelta{Text: text})
			}
		}
		add(conversation.Done{
			Reason: reasons[random.IntN(len(reasons))],
			Usage:  conversation.Usage{InputTokens: random.IntN(9), CacheReadTokens: random.IntN(9), OutputTokens: random.IntN(9)},
		})
		body, failure := goldenEncoder(r).Fold(codectest.Events(steps))
		require.Nil(t, failure)
		var want map[string]any
		require.NoError(t, json.Unmarshal(body, &want))
		stream := encode(t, r, steps)
		require.Equal(t, want, fold(t, stream))
		if i >= 10 {
			continue // the schema takes its time
		}
		for _, event := range stream {
			openaitest.Validate(t, openaitest.EventSchema(event.Name), event.Data)
		}
	}
}

func TestNothingFollowsTheEnd(t *testing.T) {
	r, invalid := newStore().Decode([]byte(`{"model":"opus","input":"Hi"}`))
	require.Nil(t, invalid)
	e := goldenEncoder(r)
	assert.Empty(t, e.Event(conversation.Started{Model: "claude-opus-4-8"}), "what may still fail has a status of its own")
	assert.False(t, e.Finished())
	assert.NotEmpty(t, e.Event(conversation.Done{Reason: conversation.EndTurn}))
	assert.True(t, e.Finished())
	assert.Empty(t, e.Event(conversation.TextDelta{Text: "late"}))
	assert.Empty(t, e.Event(conversation.Done{}))
}

func TestFoldTellsFailuresAsTheyAre(t *testing.T) {
	limit := &conversation.Error{Kind: conversation.UsageLimit, Message: "The limit is reached."}
	for name, test := range map[string]struct {
		steps []codectest.Step
		kind  conversation.Kind
	}{
		"nothing":             {nil, conversation.Upstream},
		"an end without Done": {[]codectest.Step{{Event: conversation.TextDelta{Text: "Hi"}}}, conversation.Upstream},
		"an error":            {[]codectest.Step{{Event: conversation.Started{}}, {Err: fmt.Errorf("wrapped: %w", limit)}}, conversation.UsageLimit},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStore()
			r, invalid := s.Decode([]byte(`{"model":"opus","input":"Hi"}`))
			require.Nil(t, invalid)
			e := NewEncoder(r)
			body, failure := e.Fold(codectest.Events(test.steps))
			assert.Nil(t, body)
			require.NotNil(t, failure)
			assert.Equal(t, test.kind, failure.Kind)
			_, kept := s.Get(e.ID())
			assert.False(t, kept, "a failed response is not remembered")
		})
	}
}

func TestThinkingTravelsUnchanged(t *testing.T) {
	for _, block := range []conversation.Block{
		conversation.Thinking{Text: "Hm. 😀", Signature: "c2ln"}, conversation.Thinking{Signature: "c2ln"}, conversation.RedactedThinking{Data: "ZGF0YQ=="},
	} {
		got, ok := unpack(pack(block))
		assert.True(t, ok)
		assert.Equal(t, block, got)
	}
	for _, foreign := range []string{"", "gAAAAB", carrierMark, carrierMark + "!", carrierMark + "bm8", pack(conversation.Thinking{Text: "unsigned"})} {
		_, ok := unpack(foreign)
		assert.False(t, ok, foreign)
	}
}

// A custom tool's input is taken out of a function's arguments, which the limit may cut anywhere.
func TestACustomToolGetsItsTextAsFarAsItWent(t *testing.T) {
	for arguments, want := range map[string]string{
		`{"input":"a\nb"}`:          "a\nb",
		`{"input":"a\nb","more":1}`: "a\nb",
		`{"input":"a\nb","mo`:       "a\nb",
		`{"input":"a\nb"`:           "a\nb",
		`{"input": "a\nb`:           "a\nb",
		`{"input":"a\`:              "a",
		`{"input":"a\u00e`:          "a",
		`{"input":"a\\`:             `a\`,
		`{"input":"`:                "",
		`{"input":`:                 "",
		`{"inp`:                     "",
		`{`:                         "",
		`{}`:                        "",
		``:                          "",
		`{"patch":"x"}`:             `{"patch":"x"}`,
		`{"input":7}`:               `{"input":7}`,
		`no JSON`:                   `no JSON`,
	} {
		r, invalid := newStore().Decode([]byte(`{"model":"opus","input":"Hi","tools":[{"type":"custom","name":"patch"}]}`))
		require.Nil(t, invalid)
		steps := []codectest.Step{{Event: conversation.ToolCall{ID: "toolu_1", Name: "patch"}}}
		if arguments != "" {
			steps = append(steps, codectest.Step{Event: conversation.ToolArguments{JSON: arguments}})
		}
		body := fold(t, encode(t, r, append(steps, codectest.Step{Event: conversation.Done{Reason: conversation.MaxTokens}})))
		call := body["output"].([]any)[0].(map[string]any)
		assert.Equal(t, want, call["input"], arguments)
	}
}
