package protocols

import (
	"encoding/json"
	"slices"
	"strings"
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
			var first upstream
			for _, p := range protocols {
				request, ok := s.File(p.name + ".request.json")
				require.True(t, ok)
				model.Reset()
				ask(t, server, p, request, false)
				requests := model.Requests()
				require.Len(t, requests, 1)
				u := read(t, requests[0].Body)
				if first.messages == "" {
					first = u
				}
				assert.Equal(t, first, u, p.name)
			}
			s.Expect(t, "upstream.json", []byte(first.ours))
		})
	})
}

// upstream is a request as the CLI sends it.
type upstream struct {
	messages   string // to the byte
	parameters string
	ours       string // what there is of the client's in it, whichever CLI sends it
}

func read(t *testing.T, body []byte) (u upstream) {
	t.Helper()
	var raw struct{ Messages json.RawMessage }
	require.NoError(t, json.Unmarshal(body, &raw))
	u.messages = string(raw.Messages)
	var all map[string]any
	require.NoError(t, json.Unmarshal(body, &all))
	// What the CLI adds of its own: who asks, in newer ones a message about the machine, in older ones
	// a reminder of the date.
	delete(all, "metadata")
	delete(all, "system")
	messages := slices.DeleteFunc(all["messages"].([]any), func(m any) bool { return m.(map[string]any)["role"] == "system" })
	for _, m := range messages {
		m := m.(map[string]any)
		if content, ok := m["content"].([]any); ok {
			m["content"] = slices.DeleteFunc(content, isReminder)
		}
	}
	all["messages"] = messages
	withoutCaching(all)
	u.parameters = string(codectest.Indent(t, all))
	ours := map[string]any{}
	for _, name := range []string{"max_tokens", "messages", "tools", "tool_choice", "stop_sequences"} {
		if v, ok := all[name]; ok {
			ours[name] = v
		}
	}
	u.ours = string(codectest.Indent(t, ours))
	return u
}

func isReminder(block any) bool {
	text, _ := block.(map[string]any)["text"].(string)
	return strings.HasPrefix(text, "<system-reminder>")
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
