package chat

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/proxy/codectest"
	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/sse"
)

// foldChunks does what clients do with a stream: join the deltas, take the rest
// from the last chunk that has it. It knows nothing of this package's types.
func foldChunks(t testing.TB, chunks [][]byte) map[string]any {
	message := map[string]any{"refusal": nil}
	choice := map[string]any{"index": 0.0, "logprobs": nil, "message": message}
	body := map[string]any{"object": "chat.completion", "choices": []any{choice}}
	for i, data := range chunks {
		var c struct {
			ID, Object, Model string
			Created           float64
			Choices           []struct {
				Delta        map[string]any
				FinishReason *string `json:"finish_reason"`
			}
			Usage map[string]any
		}
		require.NoError(t, json.Unmarshal(data, &c))
		require.Equal(t, "chat.completion.chunk", c.Object)
		if i > 0 {
			require.Equal(t, body["id"], c.ID)
			require.Equal(t, body["created"], c.Created)
		}
		body["id"], body["created"], body["model"] = c.ID, c.Created, c.Model
		if c.Usage != nil {
			require.Equal(t, len(chunks)-1, i, "usage comes last")
			require.Empty(t, c.Choices)
			body["usage"] = c.Usage
		}
		for _, chunkChoice := range c.Choices {
			require.NotContains(t, choice, "finish_reason", "nothing comes after the finish_reason")
			join(message, chunkChoice.Delta)
			if chunkChoice.FinishReason != nil {
				choice["finish_reason"] = *chunkChoice.FinishReason
			}
		}
	}
	return body
}

// join adds a delta to what was there: texts grow, objects are joined member by member,
// and a call is known by its index.
func join(whole, delta map[string]any) {
	for name, piece := range delta {
		switch piece := piece.(type) {
		case string:
			before, _ := whole[name].(string)
			whole[name] = before + piece
		case map[string]any:
			if _, ok := whole[name]; !ok {
				whole[name] = map[string]any{}
			}
			join(whole[name].(map[string]any), piece)
		case []any:
			calls, _ := whole[name].([]any)
			for _, element := range piece {
				call := element.(map[string]any)
				index := int(call["index"].(float64))
				delete(call, "index")
				if index == len(calls) {
					calls = append(calls, map[string]any{})
				}
				join(calls[index].(map[string]any), call)
			}
			whole[name] = calls
		}
	}
}

func TestFoldingTheStreamGivesTheBody(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	texts := []string{"Hello", " ", "\n", "wörld", "<b>&amp;</b>", "\"\\", "😀", "\u2028", "data: [DONE]\n\n"}
	reasons := []conversation.StopReason{
		conversation.EndTurn, conversation.MaxTokens, conversation.StopSequence, conversation.Refusal, conversation.ToolCalls, "pause_turn", "",
	}
	for range 500 {
		var events []step
		if random.IntN(4) == 0 {
			events = append(events, step{Silence: true})
		}
		events = append(events, step{Event: conversation.Started{Model: "claude-opus-4-8"}})
		for range random.IntN(6) {
			text := texts[random.IntN(len(texts))]
			switch random.IntN(5) {
			case 0:
				events = append(events, step{Event: conversation.ThinkingDelta{Text: text}})
			case 1:
				events = append(events, step{Silence: true})
			case 2:
				events = append(events, step{Event: conversation.ToolCall{ID: fmt.Sprint("toolu_", len(events)), Name: []string{"now", "weather"}[random.IntN(2)]}})
				for range random.IntN(3) {
					events = append(events, step{Event: conversation.ToolArguments{JSON: texts[random.IntN(len(texts))]}})
				}
			default:
				events = append(events, step{Event: conversation.TextDelta{Text: text}})
			}
		}
		events = append(events, step{Event: conversation.Done{
			Reason: reasons[random.IntN(len(reasons))],
			Usage: conversation.Usage{
				InputTokens: random.IntN(9), CacheCreationTokens: random.IntN(9),
				CacheReadTokens: random.IntN(9), OutputTokens: random.IntN(9),
			},
		}})

		r := &Request{Model: "openai/opus", IncludeUsage: true, legacy: random.IntN(2) == 0}
		body, err := Fold(codectest.Events(events), goldenID, r, goldenTime)
		require.Nil(t, err)
		var want map[string]any
		require.NoError(t, json.Unmarshal(body, &want))
		got := foldChunks(t, encode(t, r, events))
		message := got["choices"].([]any)[0].(map[string]any)["message"].(map[string]any)
		if message["content"] == "" && (message["tool_calls"] != nil || message["function_call"] != nil) {
			message["content"] = nil // a body says so where there are calls alone
		}
		require.Equal(t, want, got, "%v", events)
	}
}

func TestTheRoleIsSaidOnceAndFirst(t *testing.T) {
	const role = `"delta":{"role":"assistant","content":""}`
	started := conversation.Started{Model: "claude-opus-4-8"}
	for name, play := range map[string]func(e *Encoder) []sse.Event{
		"by hand": func(e *Encoder) []sse.Event { return append(e.role(), e.Event(started)...) },
		"by a keep-alive": func(e *Encoder) []sse.Event {
			return slices.Concat(e.KeepAlive(), e.KeepAlive(), e.Event(started))
		},
		"by the first word": func(e *Encoder) []sse.Event {
			return append(e.Event(started), e.Event(conversation.TextDelta{Text: "Hi"})...)
		},
		"by text without a start": func(e *Encoder) []sse.Event { return e.Event(conversation.TextDelta{Text: "Hi"}) },
		"by an empty answer":      func(e *Encoder) []sse.Event { return e.Event(conversation.Done{}) },
	} {
		t.Run(name, func(t *testing.T) {
			e := NewEncoder(goldenID, &Request{Model: "opus"}, goldenTime)
			chunks := play(e)
			chunks = append(chunks, e.Event(conversation.TextDelta{Text: "more"})...)
			assert.Contains(t, string(chunks[0].Data), role)
			assert.Equal(t, 1, strings.Count(fmt.Sprintf("%s", chunks), `"role"`))
			assert.Nil(t, e.role())
		})
	}
}

func TestTheModelIsTheOneThatAnswers(t *testing.T) {
	e := NewEncoder(goldenID, &Request{Model: "openai/opus"}, goldenTime)
	assert.Contains(t, string(e.role()[0].Data), `"model":"openai/opus"`)
	assert.Empty(t, e.Event(conversation.Started{Model: "claude-opus-4-8"}))
	assert.Contains(t, string(e.KeepAlive()[0].Data), `"model":"claude-opus-4-8"`)
	assert.Contains(t, string(e.Event(conversation.TextDelta{Text: "Hi"})[0].Data), `"model":"claude-opus-4-8"`)
}

func TestNothingFollowsTheEnd(t *testing.T) {
	e := NewEncoder(goldenID, &Request{Model: "opus", IncludeUsage: true}, goldenTime)
	assert.False(t, e.Finished())
	assert.Len(t, e.Event(conversation.Done{Reason: conversation.EndTurn}), 4, "role, finish_reason, usage, [DONE]")
	assert.True(t, e.Finished())
	assert.Empty(t, e.Event(conversation.TextDelta{Text: "late"}))
	assert.Empty(t, e.Event(conversation.Done{}))
}

func TestChunksDoNotShareMemory(t *testing.T) {
	e := NewEncoder(goldenID, &Request{Model: "opus"}, goldenTime)
	first := e.role()[0].Data
	before := string(first)
	for i := range 100 {
		e.Event(conversation.TextDelta{Text: fmt.Sprint(i)})
	}
	assert.Equal(t, before, string(first))
}

func TestFoldTellsFailuresAsTheyAre(t *testing.T) {
	limit := &conversation.Error{Kind: conversation.UsageLimit, Message: "The limit is reached."}
	started := step{Event: conversation.Started{Model: "claude-opus-4-8"}}
	for name, test := range map[string]struct {
		events []step
		kind   conversation.Kind
	}{
		"nothing":             {nil, conversation.Upstream},
		"an end without Done": {[]step{started}, conversation.Upstream},
		"an error of ours":    {[]step{started, {Err: fmt.Errorf("wrapped: %w", limit)}}, conversation.UsageLimit},
		"an unknown error":    {[]step{started, {Err: errors.New("pipe broken")}}, conversation.Internal},
	} {
		t.Run(name, func(t *testing.T) {
			body, err := Fold(codectest.Events(test.events), goldenID, &Request{Model: "opus"}, goldenTime)
			assert.Nil(t, body)
			require.NotNil(t, err)
			assert.Equal(t, test.kind, err.Kind)
		})
	}
}

func TestFoldReadsTheEventsToTheirEnd(t *testing.T) {
	ended := false
	events := func(yield func(conversation.Event, error) bool) {
		if yield(conversation.Done{Reason: conversation.EndTurn}, nil) && yield(nil, errors.New("late")) {
			ended = true // here a backend may put its process aside for the next turn
		}
	}
	body, err := Fold(events, goldenID, &Request{Model: "opus"}, goldenTime)
	assert.Nil(t, err)
	assert.NotEmpty(t, body)
	assert.True(t, ended)
}

func BenchmarkEncoder(b *testing.B) {
	e := NewEncoder(goldenID, &Request{Model: "opus", IncludeUsage: true}, goldenTime)
	b.ReportAllocs()
	for b.Loop() {
		e.Event(conversation.TextDelta{Text: " token"})
	}
}
