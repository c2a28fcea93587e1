package anthropic

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/proxy/codectest"
	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/sse"
)

// accumulate does what Anthropic's SDKs do with a stream, and is stricter about its order. It
// knows nothing of this package's types.
func accumulate(t testing.TB, stream []sse.Event) map[string]any {
	var m map[string]any
	var content []any
	var open map[string]any
	var arguments strings.Builder
	ended := false
	for _, e := range stream {
		var data struct {
			Type         string
			Message      map[string]any
			Index        *int
			ContentBlock map[string]any `json:"content_block"`
			Delta        map[string]any
			Usage        map[string]any
		}
		require.NoError(t, json.Unmarshal(e.Data, &data))
		require.Equal(t, data.Type, e.Name)
		require.False(t, ended, "nothing comes after message_stop")
		require.Equal(t, data.Type == "message_start", m == nil, "message_start comes first and once")
		switch data.Type {
		case "message_start":
			m = data.Message
			require.Empty(t, m["content"])
			require.Nil(t, m["stop_reason"])
		case "content_block_start":
			require.Nil(t, open, "one block is open at a time")
			require.Equal(t, len(content), *data.Index)
			open = data.ContentBlock
			content = append(content, open)
			arguments.Reset()
		case "content_block_delta":
			require.Equal(t, len(content)-1, *data.Index)
			add := func(kind, name string) {
				require.Equal(t, kind, open["type"])
				require.NotEmpty(t, data.Delta[name])
				open[name] = open[name].(string) + data.Delta[name].(string)
			}
			switch data.Delta["type"] {
			case "text_delta":
				add("text", "text")
			case "thinking_delta":
				add("thinking", "thinking")
			case "signature_delta":
				require.Empty(t, open["signature"], "some SDKs put it in the place of the one before")
				add("thinking", "signature")
			case "input_json_delta":
				require.Equal(t, "tool_use", open["type"])
				arguments.WriteString(data.Delta["partial_json"].(string))
			default:
				require.Fail(t, "an unknown delta", "%s", e.Data)
			}
		case "content_block_stop":
			require.Equal(t, len(content)-1, *data.Index)
			if open["type"] == "tool_use" {
				var input map[string]any
				require.NoError(t, json.Unmarshal([]byte(arguments.String()), &input))
				open["input"] = input
			}
			open = nil
		case "message_delta":
			require.Nil(t, open)
			require.Nil(t, m["stop_reason"])
			m["stop_reason"], m["stop_sequence"] = data.Delta["stop_reason"], data.Delta["stop_sequence"]
			usage := m["usage"].(map[string]any)
			for name, count := range data.Usage {
				usage[name] = count
			}
		case "message_stop":
			require.NotNil(t, m["stop_reason"])
			ended = true
		case "ping":
		default:
			require.Fail(t, "an unknown event", e.Name)
		}
	}
	require.True(t, ended)
	if content != nil {
		m["content"] = content
	}
	return m
}

// randomAnswer is one of everything that a backend may say, in the order that it keeps to.
func randomAnswer(random *rand.Rand) []step {
	texts := []string{"Hello", " ", "\n", "wörld", "<b>&amp;</b>", "\"\\", "😀", "\u2028", "event: error\n\n"}
	reasons := []conversation.StopReason{
		conversation.EndTurn, conversation.MaxTokens, conversation.StopSequence, conversation.Refusal, conversation.ToolCalls, "pause_turn", "",
	}
	var events []step
	add := func(e conversation.Event) {
		events = append(events, step{Event: e})
		if random.IntN(6) == 0 {
			events = append(events, step{Silence: true})
		}
	}
	text := func() string { return texts[random.IntN(len(texts))] }
	counts := func() conversation.Usage {
		return conversation.Usage{
			InputTokens: random.IntN(9), CacheCreationTokens: random.IntN(9),
			CacheReadTokens: random.IntN(9), OutputTokens: random.IntN(9),
		}
	}
	add(conversation.Started{Model: "claude-opus-4-8", Usage: counts()})
	for range random.IntN(6) {
		switch random.IntN(4) {
		case 0:
			for range random.IntN(3) {
				add(conversation.ThinkingDelta{Text: text()})
			}
			add(conversation.Thought{Block: conversation.Thinking{Signature: []string{"", "c2ln"}[random.IntN(2)]}})
		case 1:
			add(conversation.Thought{Block: conversation.RedactedThinking{Data: "ZGF0YQ=="}})
		case 2:
			add(conversation.ToolCall{ID: fmt.Sprint("toolu_", len(events)), Name: "weather"})
			if arguments := []string{"", "{}", `{"city":"Rome <&>","n":[1,2.50]}`}[random.IntN(3)]; arguments != "" {
				cut := random.IntN(len(arguments))
				for _, piece := range []string{arguments[:cut], arguments[cut:]} {
					if piece != "" {
						add(conversation.ToolArguments{JSON: piece})
					}
				}
			}
		default:
			add(conversation.TextDelta{Text: text()})
		}
	}
	done := conversation.Done{Reason: reasons[random.IntN(len(reasons))], Usage: counts()}
	if done.Reason == conversation.StopSequence {
		done.StopSequence = "END"
	}
	return append(events, step{Event: done})
}

func TestFoldingTheStreamGivesTheMessage(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 1000 {
		events := randomAnswer(random)
		r := &Request{Model: "anthropic/opus"}
		body, err := Fold(codectest.Events(events), goldenID, r)
		require.Nil(t, err)
		var want map[string]any
		require.NoError(t, json.Unmarshal(body, &want))
		require.Equal(t, want, accumulate(t, encode(t, r, events)), "%v", events)
	}
}

func TestTheMessageHasEveryFieldThatSDKsRequire(t *testing.T) {
	type strict struct {
		ID, Type, Role, Model *string
		Content               []json.RawMessage
		StopReason            *string `json:"stop_reason"`
		StopSequence          *string `json:"stop_sequence"`
		Usage                 *struct {
			InputTokens         *int `json:"input_tokens"`
			CacheCreationTokens *int `json:"cache_creation_input_tokens"`
			CacheReadTokens     *int `json:"cache_read_input_tokens"`
			OutputTokens        *int `json:"output_tokens"`
		}
	}
	body, err := Fold(codectest.Events([]step{{Event: conversation.Done{Reason: conversation.EndTurn}}}), goldenID, &Request{Model: "opus"})
	require.Nil(t, err)
	var m strict
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	require.NoError(t, decoder.Decode(&m))
	require.NotNil(t, m.Usage)
	for name, field := range map[string]bool{
		"id": m.ID != nil, "type": *m.Type == "message", "role": *m.Role == "assistant", "model": m.Model != nil,
		"content": m.Content != nil, "stop_reason": m.StopReason != nil, "input_tokens": m.Usage.InputTokens != nil,
		"cache_creation_input_tokens": m.Usage.CacheCreationTokens != nil, "cache_read_input_tokens": m.Usage.CacheReadTokens != nil,
		"output_tokens": m.Usage.OutputTokens != nil,
	} {
		assert.True(t, field, name)
	}
	assert.Contains(t, string(body), `"stop_sequence":null`)
	assert.Contains(t, string(body), `"content":[]`)
}

func names(stream []sse.Event) (out []string) {
	for _, e := range stream {
		out = append(out, e.Name)
	}
	return out
}

func TestASlowStartBeginsTheMessageAndThenPings(t *testing.T) {
	e := NewEncoder(goldenID, &Request{Model: "anthropic/opus"})
	first := e.KeepAlive()
	assert.Equal(t, []string{"message_start", "ping"}, names(first))
	assert.Contains(t, string(first[0].Data), `"model":"anthropic/opus"`)
	assert.Empty(t, e.Event(conversation.Started{Model: "claude-opus-4-8"}))
	assert.Equal(t, []string{"ping"}, names(e.KeepAlive()))
	assert.Equal(t, []string{"content_block_start", "content_block_delta"}, names(e.Event(conversation.TextDelta{Text: "Hi"})))
	assert.Equal(t, []string{"ping"}, names(e.KeepAlive()), "within a block, too")
}

func TestTheBeginningSaysWhoAnswersAndWhatWasRead(t *testing.T) {
	e := NewEncoder(goldenID, &Request{Model: "opus"})
	assert.Empty(t, e.Event(conversation.Started{Model: "claude-opus-4-8", Usage: conversation.Usage{InputTokens: 7, CacheReadTokens: 9, OutputTokens: 1}}))
	first := string(e.Event(conversation.TextDelta{Text: "Hi"})[0].Data)
	assert.Contains(t, first, `"model":"claude-opus-4-8"`)
	assert.Contains(t, first, `"usage":{"input_tokens":7,"cache_creation_input_tokens":0,"cache_read_input_tokens":9,"output_tokens":1}`)
}

func TestWhatIsForTheHeaderSaysNothing(t *testing.T) {
	e := NewEncoder(goldenID, &Request{Model: "opus"})
	assert.Empty(t, e.Event(conversation.Ignored{Param: conversation.EffortParam}))
	assert.Empty(t, e.Event(conversation.Flattened{}))
}

func TestNothingFollowsTheEnd(t *testing.T) {
	e := NewEncoder(goldenID, &Request{Model: "opus"})
	assert.False(t, e.Finished())
	assert.Equal(t, []string{"message_start", "message_delta", "message_stop"}, names(e.Event(conversation.Done{})))
	assert.True(t, e.Finished())
	assert.Empty(t, e.Event(conversation.TextDelta{Text: "late"}))
	assert.Empty(t, e.Event(conversation.Done{}))
}

func TestArgumentsThatAreNoObjectAreKeptAsAText(t *testing.T) {
	for arguments, want := range map[string]string{
		`{"city":"Ro`: `{"INVALID_JSON":"{\"city\":\"Ro"}`,
		`[1]`:         `{"INVALID_JSON":"[1]"}`,
		`null`:        `{"INVALID_JSON":"null"}`,
		` `:           `{}`,
	} {
		body, err := Fold(codectest.Events([]step{
			{Event: conversation.ToolCall{ID: "a", Name: "f"}},
			{Event: conversation.ToolArguments{JSON: arguments}},
			{Event: conversation.Done{Reason: conversation.MaxTokens}},
		}), goldenID, &Request{Model: "opus"})
		require.Nil(t, err)
		assert.Contains(t, string(body), `"input":`+want)
	}
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
			body, err := Fold(codectest.Events(test.events), goldenID, &Request{Model: "opus"})
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
	body, err := Fold(events, goldenID, &Request{Model: "opus"})
	assert.Nil(t, err)
	assert.NotEmpty(t, body)
	assert.True(t, ended)
}

func BenchmarkEncoder(b *testing.B) {
	e := NewEncoder(goldenID, &Request{Model: "opus"})
	b.ReportAllocs()
	for b.Loop() {
		e.Event(conversation.TextDelta{Text: " token"})
	}
}
