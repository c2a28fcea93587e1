package offline_test

import (
	"encoding/json"
	"flag"
	"io"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/proxy/offline"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// full has every kind of content block.
var full = offline.Script(
	offline.Thinking("c2lnbmF0dXJl", "Let me ", "see."),
	offline.Text("I will ", "look at <a> & \"b\"."),
	offline.NextBlock(),
	offline.Text("Now."),
	offline.ToolUse("toolu_1", "read", "", `{"path":`, `"a.txt"}`),
	offline.ToolUse("", "list"),
	offline.ToolInput("{}"),
	offline.Tokens(offline.Usage{Input: 11, CacheCreation: 22, CacheRead: 33, Output: 44}),
	offline.Headers("X-Test", "1"),
)

func TestFullStreamMatchesTheGoldenFile(t *testing.T) {
	s := start(t, always(full))
	res := ask(t, s, "hi")
	got, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	assert.Equal(t, "1", res.Header.Get("X-Test"))
	if *update {
		require.NoError(t, os.WriteFile("testdata/full.sse", got, 0o644))
	}
	want, err := os.ReadFile("testdata/full.sse")
	require.NoError(t, err)
	assert.Equal(t, string(want), string(got))
}

func TestRequestWithoutStreamGetsTheSameAnswerAsOneMessage(t *testing.T) {
	s := start(t, always(full))
	res, err := post(testContext(t), s, question("hi", false))
	require.NoError(t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	assert.Equal(t, "application/json", res.Header.Get("Content-Type"))
	assert.JSONEq(t, `{
		"id": "msg_01Offline000000000000002", "type": "message", "role": "assistant", "model": "claude-opus-4-8",
		"content": [
			{"type": "thinking", "thinking": "Let me see.", "signature": "c2lnbmF0dXJl"},
			{"type": "text", "text": "I will look at <a> & \"b\"."},
			{"type": "text", "text": "Now."},
			{"type": "tool_use", "id": "toolu_1", "name": "read", "input": {"path": "a.txt"}},
			{"type": "tool_use", "id": "toolu_01Offline000000000000003", "name": "list", "input": {}}
		],
		"stop_reason": "tool_use", "stop_sequence": null,
		"usage": {"input_tokens": 11, "cache_creation_input_tokens": 22, "cache_read_input_tokens": 33, "output_tokens": 44}
	}`, string(body))
}

func TestEmptyReplyIsAMessageWithoutContent(t *testing.T) {
	s := start(t, always(offline.Reply{}))
	events := readEvents(t, ask(t, s, "hi"))
	require.NoError(t, checkGrammar(events))
	assert.Len(t, events, 3)

	res, err := post(testContext(t), s, question("hi", false))
	require.NoError(t, err)
	defer res.Body.Close()
	var message struct {
		Content []any `json:"content"`
	}
	require.NoError(t, json.NewDecoder(res.Body).Decode(&message))
	assert.Equal(t, []any{}, message.Content)
}

func TestTextGoesOnInItsBlockAfterAWait(t *testing.T) {
	gate := make(chan struct{})
	s := start(t, always(offline.Script(offline.Text("a"), offline.Wait(gate), offline.Text("b"))))
	events := newEventReader(ask(t, s, "hi").Body)
	for {
		e, err := events.next()
		require.NoError(t, err)
		if e.at("delta", "text") == "a" {
			break // it was flushed although the script waits
		}
	}
	assert.Equal(t, 1, s.Active())
	close(gate)
	rest, err := events.all()
	require.NoError(t, err)
	assert.Equal(t, "b", textOf(rest))
	assert.Equal(t, "content_block_delta", rest[0].name)
	require.NoError(t, s.WaitIdle(testContext(t)))
}

func TestFailureAfterContentIsAnErrorEvent(t *testing.T) {
	s := start(t, always(offline.Script(offline.Text("a"), offline.Fail(500, "api_error", "Internal server error"), offline.Text("never"))))
	res := ask(t, s, "hi")
	assert.Equal(t, 200, res.StatusCode)
	events := readEvents(t, res)
	end := events[len(events)-1]
	assert.Equal(t, "error", end.name)
	assert.Equal(t, "api_error", end.at("error", "type"))
	assert.Equal(t, "a", textOf(events))
}

func TestErrorEventIsAStatusForARequestWithoutStream(t *testing.T) {
	s := start(t, always(offline.Script(offline.Text("a"), offline.ErrorEvent("overloaded_error", "Overloaded"))))
	res, err := post(testContext(t), s, question("hi", false))
	require.NoError(t, err)
	defer res.Body.Close()
	assert.Equal(t, 529, res.StatusCode)
	assert.Equal(t, "overloaded_error", readError(t, res).Error.Type)
}
