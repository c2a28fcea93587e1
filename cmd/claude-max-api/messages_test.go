package main

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	sse "github.com/tmaxmax/go-sse"

	"claude-max-api-proxy/proxy/claude/claudetest"
	"claude-max-api-proxy/proxy/offline"
)

const messages = "/v1/messages"

// An agent's round with thinking: what the model has thought comes with its signature, and
// what the client sends back reaches upstream as it is, with the results after it.
func TestThinkingAndCallsGoThereAndBack(t *testing.T) {
	const signature = "c2lnbmF0dXJl"
	picture := "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
	cli := claudetest.Either(t)
	a := start(t, launch{cli: cli, respond: func(r *offline.Request) offline.Reply {
		if len(r.LastUser().ToolResults()) > 0 {
			return offline.Text("It is ", "sunny.")
		}
		return offline.Script(
			offline.Thinking(signature, "Two places, ", "two calls."), offline.Text("I look."),
			offline.ToolUse("toolu_01A", "weather", `{"city":`, `"Rome"}`), offline.ToolUse("toolu_01B", "weather", `{"city":"Oslo"}`),
		)
	}})
	request := map[string]any{
		"model": "claude-opus-4", "max_tokens": 8000,
		"tools": []any{map[string]any{
			"name":         "weather",
			"input_schema": map[string]any{"type": "object", "properties": map[string]any{"city": map[string]any{"type": "string"}}},
		}},
	}
	ask := func(t *testing.T, turns ...any) map[string]any {
		a := a.in(t)
		request["messages"] = turns
		r := a.curl(messages, marshal(request), "-H", "anthropic-version: 2023-06-01", "-H", "x-api-key: any")
		require.Equal(t, 200, r.status, "%s", r.body)
		var m map[string]any
		require.NoError(t, json.Unmarshal(r.body, &m))
		return m
	}
	user := func(content any) any { return map[string]any{"role": "user", "content": content} }
	assistant := func(content any) any { return map[string]any{"role": "assistant", "content": content} }
	result := func(id string, content any) any {
		return map[string]any{"type": "tool_result", "tool_use_id": id, "content": content}
	}
	thought := map[string]any{"type": "thinking", "thinking": "Two places, two calls.", "signature": signature}
	said := []any{
		thought,
		map[string]any{"type": "text", "text": "I look."},
		map[string]any{"type": "tool_use", "id": "toolu_01A", "name": "weather", "input": map[string]any{"city": "Rome"}},
		map[string]any{"type": "tool_use", "id": "toolu_01B", "name": "weather", "input": map[string]any{"city": "Oslo"}},
	}
	// upstream is what the model got of a message that is not the CLI's own: its blocks,
	// without marks for the cache.
	upstream := func(message int) (blocks []any) {
		all := a.model.Requests()
		ours := slices.DeleteFunc(slices.Clone(all[len(all)-1].Messages), func(m offline.Message) bool { return m.Role == "system" })
		for _, b := range ours[message].Content {
			var block map[string]any
			require.NoError(t, json.Unmarshal(b.Raw, &block))
			delete(block, "cache_control")
			delete(block, "caller") // of newer CLIs
			blocks = append(blocks, block)
		}
		return blocks
	}

	first := ask(t, user("Weather in Rome and Oslo?"))
	assert.Equal(t, said, first["content"])
	assert.Equal(t, "tool_use", first["stop_reason"])

	t.Run("results alone", func(t *testing.T) {
		second := ask(t, user("Weather in Rome and Oslo?"), assistant(first["content"]),
			user([]any{result("toolu_01B", "snow"), result("toolu_01A", "sun")}))
		assert.Equal(t, []any{map[string]any{"type": "text", "text": "It is sunny."}}, second["content"])
		assert.Equal(t, "end_turn", second["stop_reason"])
		assert.Equal(t, said, upstream(1))
		assert.Len(t, upstream(2), 2)
	})
	t.Run("a conversation that nobody here has heard", func(t *testing.T) {
		ask(t, user("Another beginning."), assistant(said), user([]any{
			result("toolu_01A", []any{
				map[string]any{"type": "text", "text": "Look:"},
				map[string]any{"type": "image", "source": map[string]any{"type": "base64", "media_type": "image/png", "data": picture}},
			}),
			result("toolu_01B", "snow"),
			map[string]any{"type": "text", "text": "Well?"},
		}))
		assert.Equal(t, said, upstream(1))
		got := marshal(upstream(2))
		assert.Contains(t, got, `"Look:"`)
		assert.Contains(t, got, `"media_type":"image/png"`)
		assert.Contains(t, got, `"Well?"`)
	})
	t.Run("a stream", func(t *testing.T) {
		request["stream"] = true
		defer delete(request, "stream")
		request["messages"] = []any{user("Once more.")}
		r := a.in(t).curl(messages, marshal(request))
		var names []string
		for event, err := range sse.Read(bytes.NewReader(r.body), nil) {
			require.NoError(t, err)
			if event.Type == "message_start" {
				var data struct {
					Message struct{ Usage map[string]int }
				}
				require.NoError(t, json.Unmarshal([]byte(event.Data), &data))
				assert.Positive(t, data.Message.Usage["input_tokens"], "clients read it there")
			}
			names = append(names, event.Type)
		}
		const begin, delta, stop = "content_block_start", "content_block_delta", "content_block_stop"
		assert.Equal(t, []string{
			"message_start",
			begin, delta, delta, delta, stop, // two of thinking, and the signature
			begin, delta, stop,
			begin, delta, delta, stop,
			begin, delta, stop,
			"message_delta", "message_stop",
		}, names)
	})
}
