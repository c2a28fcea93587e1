package protocols

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/proxy/claude/claudetest"
	"claude-max-api-proxy/proxy/codectest"
	"claude-max-api-proxy/proxy/offline"
)

// TestTheSameConversationIsTheSameUpstream holds what the real CLIs send, whichever protocol a
// request came in.
func TestTheSameConversationIsTheSameUpstream(t *testing.T) {
	claudetest.Each(t, func(t *testing.T, cli string) {
		model, err := offline.Start(offline.Config{Respond: func(*offline.Request) offline.Reply { return offline.Text("ok") }})
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, model.Close()) })
		server := serve(t, cli, claudetest.Environment(t.TempDir(), model.URL()), 1)
		codectest.Run(t, "testdata", func(t *testing.T, s *codectest.Scenario) {
			if _, asked := s.File("upstream.json"); !asked {
				return
			}
			var first, firstMessages string
			for _, p := range protocols {
				request, ok := s.File(p.name + ".request.json")
				require.True(t, ok)
				model.Reset()
				ask(t, server, p, request, false)
				requests := model.Requests()
				require.Len(t, requests, 1)
				messages, rest := ours(t, requests[0].Body)
				if first == "" {
					first, firstMessages = rest, messages
				}
				assert.Equal(t, firstMessages, messages, "messages, to the byte: %s", p.name)
				assert.Equal(t, first, rest, p.name)
			}
			s.Expect(t, "upstream.json", []byte(first))
		})
	})
}

// ours are the messages as they came, and what the client has a say in, without what the CLI adds.
func ours(t *testing.T, body []byte) (messages, rest string) {
	t.Helper()
	var raw map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(body, &raw))
	var all map[string]any
	require.NoError(t, json.Unmarshal(body, &all))
	kept := map[string]any{}
	for _, name := range []string{"max_tokens", "messages", "tools", "tool_choice", "temperature", "top_p", "stop_sequences", "output_config", "thinking"} {
		if v, ok := all[name]; ok {
			kept[name] = withoutCaching(v)
		}
	}
	return string(raw["messages"]), string(codectest.Indent(t, kept))
}

// withoutCaching leaves out the places that the CLI marks for the cache, which differ by version.
func withoutCaching(v any) any {
	switch v := v.(type) {
	case map[string]any:
		delete(v, "cache_control")
		for name, member := range v {
			v[name] = withoutCaching(member)
		}
	case []any:
		for i, element := range v {
			v[i] = withoutCaching(element)
		}
	}
	return v
}
