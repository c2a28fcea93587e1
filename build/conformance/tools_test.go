package conformance

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/proxy/offline"
)

// warmer plays a model that thinks, asks two functions at once, then a third one,
// and then knows.
func warmer(r *offline.Request) offline.Reply {
	switch results(r) {
	case 0:
		return offline.Script(
			offline.Thinking(signature, "Rome ", "first."),
			offline.Text("Two things ", "at once."),
			offline.ToolUse("", "get_weather", "", `{"ci`, `ty":"Rome"}`),
			offline.ToolUse("", "get_time", `{"city":`, `"Rome"}`),
		)
	case 2:
		return offline.ToolUse("", "get_weather", `{"city":"Oslo"}`)
	}
	return offline.Text("In ", "Rome.")
}

const signature = "YSBzaWduYXR1cmUgdGhhdCBub2JvZHkgY2hlY2tz"

func results(r *offline.Request) (n int) {
	for _, m := range r.Messages {
		n += len(m.ToolResults())
	}
	return n
}

func toolLoop(t *testing.T, _ *api, saw seen, model *offline.Server) {
	// The order of two calls at once is the client's.
	require.Len(t, saw.Ran, 3)
	slices.Sort(saw.Ran[:2])
	assert.Equal(t, []string{"get_time Rome", "get_weather Rome", "get_weather Oslo"}, saw.Ran)
	assert.Equal(t, "In Rome.", saw.Text)

	requests := model.Requests()
	require.Len(t, requests, 3)
	for _, r := range requests {
		assert.ElementsMatch(t, []string{"get_weather", "get_time"}, r.ToolNames())
		assert.Contains(t, r.SystemText(), systemPrompt)
	}
	last := requests[2]
	assert.Contains(t, string(last.Body), signature, "what the model thought is put back")
	assert.Equal(t, []string{
		"user: Where is it warmer, in Rome or in Oslo?",
		"assistant: Two things at once.",
		`call 0: get_weather {"city":"Rome"}`,
		`call 1: get_time {"city":"Rome"}`,
		"result 0: get_weather of Rome: 21 degrees",
		"result 1: get_time of Rome: noon",
		`call 2: get_weather {"city":"Oslo"}`,
		"result 2: get_weather of Oslo: 21 degrees",
	}, told(t, last))
}

func streamedToolLoop(t *testing.T, api *api, saw seen, model *offline.Server) {
	toolLoop(t, api, saw, model)
	assert.Greater(t, saw.Pieces, 1, "what the model says comes as it is written")
}

// told is a conversation, with the calls numbered; results in the order of their
// calls.
func told(t *testing.T, r *offline.Request) (lines []string) {
	t.Helper()
	number := map[string]int{}
	for _, m := range r.Messages {
		var results []string
		for _, b := range m.Content {
			switch {
			case b.Type == "tool_use":
				number[b.ID] = len(number)
				lines = append(lines, fmt.Sprintf("call %d: %s %s", number[b.ID], b.Name, compact(t, b.Input)))
			case b.Type == "tool_result":
				n, ok := number[b.ToolUseID]
				assert.True(t, ok, "the result of no call: %s", b.ToolUseID)
				results = append(results, fmt.Sprintf("result %d: %s", n, offline.Message{Content: b.Content}.Text()))
			case b.Text != "" && !strings.HasPrefix(b.Text, "<system-reminder>") && m.Role != "system":
				lines = append(lines, m.Role+": "+b.Text)
			}
		}
		slices.Sort(results)
		lines = append(lines, results...)
	}
	return lines
}

func compact(t *testing.T, data json.RawMessage) string {
	t.Helper()
	var v any
	require.NoError(t, json.Unmarshal(data, &v))
	out, err := json.Marshal(v)
	require.NoError(t, err)
	return string(out)
}

func toolChoice(t *testing.T, api *api, saw seen, model *offline.Server) {
	assert.Greater(t, saw.Pieces, 1, "the arguments come as they are written")
	assert.Contains(t, api.called, saw.Finish)
	require.Len(t, saw.Calls, 1)
	assert.NotEmpty(t, saw.Calls[0].ID)
	assert.Equal(t, "get_weather", saw.Calls[0].Name)
	assert.JSONEq(t, `{"city":"Rome"}`, saw.Calls[0].Arguments)
	forced(t, "get_weather", model)
}

// forced gives the request that was answered by a call of the tool that the client had named.
// Newer models refuse what forces a call; they are offered that tool alone, and told to call it.
func forced(t *testing.T, name string, model *offline.Server) *offline.Request {
	t.Helper()
	requests := model.Requests()
	require.NotEmpty(t, requests)
	r := requests[len(requests)-1]
	var body struct {
		ToolChoice struct{ Type, Name string } `json:"tool_choice"`
	}
	require.NoError(t, json.Unmarshal(r.Body, &body))
	if strings.Contains(r.Model, "-4-") {
		assert.Len(t, requests, 1)
		assert.Equal(t, "tool "+name, body.ToolChoice.Type+" "+body.ToolChoice.Name)
		return r
	}
	assert.NotContains(t, []string{"any", "tool"}, body.ToolChoice.Type)
	assert.Equal(t, []string{name}, r.ToolNames())
	assert.Contains(t, r.SystemText(), "Answer with a call of the tool \""+name)
	return r
}
