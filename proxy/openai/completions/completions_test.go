package completions

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/proxy/codectest"
	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/openai/openaitest"
	"claude-max-api-proxy/proxy/sse"
)

func decode(t testing.TB, body string) *Request {
	t.Helper()
	r, err := Decode([]byte(body))
	require.Nil(t, err, "%v", err)
	return r
}

func encoder(r *Request) *Encoder { return NewEncoder("cmpl-1", r, time.Unix(1767225600, 0)) }

func TestThePromptIsTheOneUserMessage(t *testing.T) {
	r := decode(t, `{"model":"openai/opus","prompt":["Hi"],"max_tokens":7,"stop":"x","temperature":0.5,"user":"me","seed":1,"n":1,"suffix":null,"stream":true,"stream_options":{"include_usage":true}}`)
	half := 0.5
	assert.Equal(t, conversation.Request{
		Model: "opus", MaxTokens: 7, Stop: []string{"x"}, Temperature: &half,
		Turns: []conversation.Turn{{Role: conversation.User, Blocks: []conversation.Block{conversation.Text{Text: "Hi"}}}},
	}, r.Conversation())
	assert.True(t, r.Stream)
	assert.True(t, r.IncludeUsage)
	assert.Equal(t, []string{"seed"}, r.Ignored)
}

func TestMistakesAreNamedByTheirPath(t *testing.T) {
	with := func(members string) string { return `{"model":"opus","prompt":"Hi",` + members + `}` }
	for body, param := range map[string]string{
		`{"prompt":"Hi"}`:                     "model",
		`{"model":"opus"}`:                    "prompt",
		`{"model":"opus","prompt":" "}`:       "prompt",
		`{"model":"opus","prompt":["a","b"]}`: "prompt",
		`{"model":"opus","prompt":[1,2]}`:     "prompt",
		`{"model":"opus","prompt":[]}`:        "prompt",
		with(`"suffix":"x"`):                  "suffix",
		with(`"n":2`):                         "n",
		with(`"best_of":3`):                   "best_of",
		with(`"echo":"yes"`):                  "echo",
		with(`"max_tokens":0`):                "max_tokens",
		with(`"stop":7`):                      "stop",
		with(`"stream":1`):                    "stream",
		with(`"logprobs":"x"`):                "logprobs",
	} {
		_, err := Decode([]byte(body))
		if assert.NotNil(t, err, body) {
			assert.Equal(t, param, err.Param, body)
		}
	}
}

func TestFoldingTheStreamGivesTheBody(t *testing.T) {
	steps := []codectest.Step{
		{Event: conversation.Started{Model: "claude-opus-4-8"}},
		{Event: conversation.ThinkingDelta{Text: "Hm."}},
		{Event: conversation.TextDelta{Text: "Hel"}},
		{Silence: true},
		{Event: conversation.TextDelta{Text: "lo\n"}},
		{Event: conversation.Done{Reason: conversation.MaxTokens, Usage: conversation.Usage{InputTokens: 3, OutputTokens: 2}}},
	}
	for _, request := range []string{`{"model":"opus","prompt":"Hi","stream_options":{"include_usage":true}}`, `{"model":"opus","prompt":"Hi","echo":true,"stream_options":{"include_usage":true}}`} {
		r := decode(t, request)
		whole, failure := encoder(r).Fold(codectest.Events(steps))
		require.Nil(t, failure)
		openaitest.Validate(t, "CreateCompletionResponse", whole)
		var want completion
		require.NoError(t, json.Unmarshal(whole, &want))

		var stream []sse.Event
		e := encoder(r)
		for _, s := range steps {
			if s.Silence {
				stream = append(stream, e.KeepAlive()...)
			} else {
				stream = append(stream, e.Event(s.Event)...)
			}
		}
		assert.True(t, e.Finished())
		assert.Empty(t, e.Event(conversation.Done{}))
		require.Equal(t, sse.Done, stream[len(stream)-1])
		var got completion
		text := ""
		for _, event := range stream[:len(stream)-1] {
			var c completion
			require.NoError(t, json.Unmarshal(event.Data, &c))
			choices := got.Choices
			if got = c; len(c.Choices) > 0 {
				text += c.Choices[0].Text
			} else {
				got.Choices = choices
			}
		}
		got.Choices[0].Text = text
		assert.Equal(t, want, got)
	}
}

func TestFailuresAreToldAsTheyAre(t *testing.T) {
	e := encoder(decode(t, `{"model":"opus","prompt":"Hi"}`))
	_, failure := e.Fold(codectest.Events(nil))
	assert.Equal(t, conversation.Upstream, failure.Kind)
	events := e.Error(&conversation.Error{Kind: conversation.ContextLength, Message: "Too long."})
	openaitest.Validate(t, "ErrorResponse", events[0].Data)
	assert.Contains(t, string(events[0].Data), `"param":"prompt"`)
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"model":"opus","prompt":["Hi"],"echo":true,"stop":["x"]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		r, err := Decode(body)
		if err != nil {
			require.Equal(t, conversation.InvalidRequest, err.Kind)
			return
		}
		require.NotEmpty(t, r.Conversation().Turns[0].PlainText())
	})
}
