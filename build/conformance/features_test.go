package conformance

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/proxy/offline"
	"claude-max-api-proxy/proxy/openai/openaitest"
)

// feature is what clients do, each in its own way.
type feature struct {
	name     string // of the scenarios' files
	title    string // in the table
	question string
	model    func(*offline.Request) offline.Reply // nil: what the question names
	check    func(t *testing.T, saw seen, model *offline.Server)
}

// features are in the table's order.
var features = []feature{
	{"models", "list of models", "", nil, listOfModels},
	{"chat", "chat", "offline:echo(pong)", nil, chat},
	{"stream", "streaming", "offline:long(30)", nil, stream},
	{"image", "image", "What is this?", nil, image},
	{"tools", "tool loop", "Where is it warmer, in Rome or in Oslo?", warmer, toolLoop},
	{"tools-stream", "streamed tool loop", "Where is it warmer, in Rome or in Oslo?", warmer, toolLoop},
	{"tool-choice", "forced, streamed call", `offline:tool(get_weather {"city":"Rome"})`, nil, toolChoice},
	{"json", "JSON with a schema", `offline:echo({"city":"Rome","people":2873000})`, nil, jsonSchema},
	{"json-stream", "streamed JSON", "offline:echo(```json\n{\"city\":\"Rome\", \"people\":2873000}\n```)", nil, jsonSchema},
	{"json-object", "json_object", `As JSON: offline:echo({"city":"Rome","people":2873000})`, nil, jsonObject},
	{"json-tool", "JSON by a call", `offline:tool(town {"city":"Rome","people":2873000})`, nil, jsonTool},
	{"json-refused", "prose instead of JSON", "offline:echo(Sure! Here is a town.)", nil, jsonRefused},
	{"errors", "errors", "offline:rate_limited offline:usage_limit offline:unauthorized offline:too_long", nil, failures},
	{"broken-stream", "broken stream", "offline:cut", nil, brokenStream},
	{"abort", "abort", "offline:slow(1000)", nil, abort},
}

const systemPrompt = "You know everything about Rome and Oslo."

// seen is what the client's user got to see; each feature needs some of it.
type seen struct {
	Models []string
	Text   string
	Pieces int // that the text, or a call's arguments, came in
	Finish string
	Usage  struct{ Prompt, Completion int }
	Calls  []struct{ ID, Name, Arguments string }
	Ran    []string // functions that ran, as "get_weather Rome"
	Value  json.RawMessage
	Errors []thrown
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
}

// only gives the one request that came upstream.
func only(t *testing.T, model *offline.Server) *offline.Request {
	t.Helper()
	requests := model.Requests()
	require.Len(t, requests, 1, "requests upstream")
	return requests[0]
}

func listOfModels(t *testing.T, saw seen, model *offline.Server) {
	assert.Subset(t, saw.Models, []string{"claude-opus-4", "claude-sonnet-4", "claude-haiku-4"})
	for _, raw := range saw.Raw {
		openaitest.Validate(t, "Model", raw)
	}
	assert.Empty(t, model.Requests(), "nobody has to be asked for a list of models")
}

func chat(t *testing.T, saw seen, model *offline.Server) {
	assert.Equal(t, "pong", saw.Text)
	assert.Equal(t, "stop", saw.Finish)
	assert.Equal(t, 1, saw.Usage.Completion)
	assert.Positive(t, saw.Usage.Prompt)
	for _, raw := range saw.Raw {
		openaitest.Validate(t, "CreateChatCompletionResponse", raw)
	}
	arrived(t, only(t, model), "offline:echo(pong)")
}

func stream(t *testing.T, saw seen, model *offline.Server) {
	assert.True(t, strings.HasPrefix(saw.Text, "word1 ") && strings.HasSuffix(saw.Text, "word29 word30 "), saw.Text)
	assert.Equal(t, 30, saw.Pieces, "one piece for every one that the model says")
	assert.Equal(t, "stop", saw.Finish)
	assert.Equal(t, 30, saw.Usage.Completion)
	assert.Positive(t, saw.Usage.Prompt)
	for _, raw := range saw.Raw {
		openaitest.Validate(t, "CreateChatCompletionStreamResponse", raw)
	}
	arrived(t, only(t, model), "offline:long(30)")
}

// arrived checks what every plain question consists of.
func arrived(t *testing.T, r *offline.Request, question string) {
	t.Helper()
	assert.True(t, strings.HasPrefix(r.Model, "claude-opus-"), r.Model)
	assert.Contains(t, r.SystemText(), systemPrompt)
	assert.Equal(t, question, ownTexts(r.LastUser()))
	assert.Equal(t, 500, r.MaxTokens)
	assert.Empty(t, r.ToolNames(), "no tools but the client's")
}

// ownTexts are a message's texts without what the CLI has added.
func ownTexts(m offline.Message) string {
	var own strings.Builder
	for _, b := range m.Content {
		if !strings.HasPrefix(b.Text, "<system-reminder>") {
			own.WriteString(b.Text)
		}
	}
	return own.String()
}

func image(t *testing.T, saw seen, model *offline.Server) {
	assert.Contains(t, saw.Text, "I can see 1 image or document (image/png).")
	assert.Equal(t, "What is this?", ownTexts(only(t, model).LastUser()))
}

func jsonSchema(t *testing.T, saw seen, model *offline.Server) {
	assert.JSONEq(t, `{"city":"Rome","people":2873000}`, string(saw.Value))
	format := outputFormat(t, only(t, model))
	require.NotNil(t, format, "Anthropic enforces the schema")
	assert.Equal(t, "json_schema", format.Type)
	assert.ElementsMatch(t, []string{"city", "people"}, format.Schema.Required)
	assert.Equal(t, map[string]struct{ Type string }{"city": {"string"}, "people": {"integer"}}, format.Schema.Properties)
}

func jsonObject(t *testing.T, saw seen, model *offline.Server) {
	assert.JSONEq(t, `{"city":"Rome","people":2873000}`, string(saw.Value))
	r := only(t, model)
	assert.Nil(t, outputFormat(t, r), "Anthropic knows no JSON without a schema")
	assert.Contains(t, r.SystemText(), "JSON", "so the model is asked for it")
}

type format struct {
	Type   string
	Schema struct {
		Required   []string
		Properties map[string]struct{ Type string }
	}
}

func outputFormat(t *testing.T, r *offline.Request) *format {
	t.Helper()
	var body struct {
		OutputConfig struct{ Format *format } `json:"output_config"`
	}
	require.NoError(t, json.Unmarshal(r.Body, &body))
	return body.OutputConfig.Format
}

func jsonTool(t *testing.T, saw seen, model *offline.Server) {
	assert.JSONEq(t, `{"city":"Rome","people":2873000}`, string(saw.Value))
	r := only(t, model)
	assert.Equal(t, []string{"town"}, r.ToolNames())
	assert.Equal(t, choice{Type: "tool", Name: "town"}, toolChoiceOf(t, r))
}

func jsonRefused(t *testing.T, saw seen, _ *offline.Server) {
	thrownAre(t, saw, thrown{"UnprocessableEntityError", 422, "format_not_met", "is not JSON"})
}

func failures(t *testing.T, saw seen, _ *offline.Server) {
	thrownAre(
		t, saw,
		thrown{"RateLimitError", 429, "rate_limit_exceeded", "not the plan's usage limit"},
		thrown{"RateLimitError", 429, "usage_limit_reached", "it resets at"},
		thrown{"AuthenticationError", 401, "sign_in_needed", "claude auth login"},
		thrown{"BadRequestError", 400, "context_length_exceeded", "Shorten or compact"},
	)
}

func brokenStream(t *testing.T, saw seen, _ *offline.Server) {
	assert.Equal(t, "The line breaks ", saw.Text, "what came before the break")
	thrownAre(t, saw, thrown{"APIError", 0, "upstream_error", "send the request again"})
}

// thrownAre checks what the user's program learned; messages only have to contain
// what is wanted.
func thrownAre(t *testing.T, saw seen, want ...thrown) {
	t.Helper()
	require.Len(t, saw.Errors, len(want))
	for i, w := range want {
		got := saw.Errors[i]
		assert.Contains(t, got.Message, w.Message)
		w.Message = got.Message
		if got.Class == "" {
			w.Class = ""
		}
		// Not all clients pass on the code of an error in a stream.
		if w.Status == 0 && got.Code == "" {
			w.Code = ""
		}
		assert.Equal(t, w, got)
	}
}

// abort: the client has left its running program's stream.
func abort(t *testing.T, _ seen, model *offline.Server) {
	only(t, model)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	require.NoError(t, model.WaitIdle(ctx), "the abort has to reach upstream")
}

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

func toolLoop(t *testing.T, saw seen, model *offline.Server) {
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
				lines = append(lines, "call "+string(rune('0'+number[b.ID]))+": "+b.Name+" "+compact(t, b.Input))
			case b.Type == "tool_result":
				n, ok := number[b.ToolUseID]
				assert.True(t, ok, "the result of no call: %s", b.ToolUseID)
				results = append(results, "result "+string(rune('0'+n))+": "+offline.Message{Content: b.Content}.Text())
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

func toolChoice(t *testing.T, saw seen, model *offline.Server) {
	assert.Greater(t, saw.Pieces, 1, "the arguments come as they are written")
	assert.Equal(t, "tool_calls", saw.Finish)
	require.Len(t, saw.Calls, 1)
	assert.NotEmpty(t, saw.Calls[0].ID)
	assert.Equal(t, "get_weather", saw.Calls[0].Name)
	assert.JSONEq(t, `{"city":"Rome"}`, saw.Calls[0].Arguments)
	assert.Equal(t, choice{Type: "tool", Name: "get_weather"}, toolChoiceOf(t, only(t, model)))
}

type choice struct{ Type, Name string }

func toolChoiceOf(t *testing.T, r *offline.Request) choice {
	t.Helper()
	var body struct {
		ToolChoice choice `json:"tool_choice"`
	}
	require.NoError(t, json.Unmarshal(r.Body, &body))
	return body.ToolChoice
}
