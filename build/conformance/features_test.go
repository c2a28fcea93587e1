package conformance

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/proxy/offline"
)

// feature is what clients do, each in its own way.
type feature struct {
	name     string // of the scenarios' files
	title    string // in the table
	question string
	model    func(*offline.Request) offline.Reply // nil: what the question names
	check    func(t *testing.T, api *api, saw seen, model *offline.Server)
}

// features are in the table's order.
var features = []feature{
	{"models", "list of models", "", nil, listOfModels},
	{"chat", "chat", "offline:echo(pong)", nil, chat},
	{"stream", "streaming", "offline:long(30)", nil, stream},
	{"thinking", "thinking", "Where is it warmer?", thinks, thinking},
	{"image", "image", "What is this?", nil, image},
	{"previous", "the next turn by an id", "Where is it warm?", goesOn, previous},
	{"tools", "tool loop", "Where is it warmer, in Rome or in Oslo?", warmer, toolLoop},
	{"tools-stream", "streamed tool loop", "Where is it warmer, in Rome or in Oslo?", warmer, streamedToolLoop},
	{"tool-runner", "the client's own tool loop", "Where is it warmer, in Rome or in Oslo?", warmer, toolLoop},
	{"tool-choice", "forced, streamed call", `offline:tool(get_weather {"city":"Rome"})`, nil, toolChoice},
	{"json", "JSON with a schema", `offline:echo({"city":"Rome","people":2873000})`, nil, jsonSchema},
	{"json-stream", "streamed JSON", "offline:echo(```json\n{\"city\":\"Rome\", \"people\":2873000}\n```)", nil, jsonSchema},
	{"json-object", "json_object", `As JSON: offline:echo({"city":"Rome","people":2873000})`, nil, jsonObject},
	{"json-tool", "JSON by a call", `offline:tool(town {"city":"Rome","people":2873000})`, nil, jsonTool},
	{"json-refused", "prose instead of JSON", "offline:echo(Sure! Here is a town.)", nil, jsonRefused},
	{"count-tokens", "count of tokens", "How many are these?", nil, countTokens},
	{"errors", "errors", "offline:rate_limited offline:usage_limit offline:unauthorized offline:too_long", nil, failures},
	{"broken-stream", "broken stream", "offline:cut", nil, brokenStream},
	{"abort", "abort", "offline:slow(1000)", nil, abort},
}

const systemPrompt = "You know everything about Rome and Oslo."

// seen is what the client's user got to see; each feature needs some of it.
type seen struct {
	Models  []string
	Text    string
	Thought string
	Pieces  int // that the text, or a call's arguments, came in
	Finish  string
	Usage   struct{ Prompt, Completion int }
	Calls   []struct{ ID, Name, Arguments string }
	Ran     []string // functions that ran, as "get_weather Rome"
	Value   json.RawMessage
	Errors  []thrown
	// Raw are the bodies and chunks, from clients that let one see them.
	Raw []json.RawMessage
}

// thrown is what an error tells a program. Class is empty for clients that have
// one for all.
type thrown struct {
	Class   string
	Status  int
	Code    string
	Message string
	Param   string
}

// only gives the one request that came upstream.
func only(t *testing.T, model *offline.Server) *offline.Request {
	t.Helper()
	requests := model.Requests()
	require.Len(t, requests, 1, "requests upstream")
	return requests[0]
}
