package offline_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/proxy/offline"
)

func TestDirectives(t *testing.T) {
	s := start(t, nil)
	for message, want := range map[string]string{
		"offline:echo(pong)":                                             "pong",
		"offline:echo( two words )":                                      " two words ",
		"please offline:echo(a) and more":                                "a",
		"offline:echo(f(x) + (y))":                                       "f(x) + (y)",
		"offline:echo(open (to the end":                                  "open (to the end",
		"offline:echo(a) offline:echo(b)":                                "b",
		"offline:overloaded, no: offline:echo(b)":                        "b",
		"offline:echo(say offline:overloaded)":                           "say offline:overloaded",
		"offline:echo(日本\nline two)":                                     "日本\nline two",
		"all of it offline:echo":                                         "all of it offline:echo",
		"offline:usage(1,2,3,4)":                                         "The token counts are as you asked.",
		"offline:long(3)":                                                "word1 word2 word3 ",
		"offline:slow(1)":                                                "word1 ",
		"offline:slow(0)":                                                "",
		"<system-reminder>offline:cut</system-reminder> offline:echo(x)": "x",
	} {
		assert.Equal(t, want, textOf(readEvents(t, ask(t, s, message))), message)
	}
	for _, message := range []string{"offline:", "offline mode", "notoffline:echo(x)", "offline:(x)"} {
		assert.Contains(t, textOf(readEvents(t, ask(t, s, message))), "This is the offline model", message)
	}
	assert.Contains(t, textOf(readEvents(t, ask(t, s, "offline:nonsense"))), `no scenario "nonsense". It has offline:echo(TEXT), `)
}

func TestDirectiveCountsInTheLastUserMessageOnly(t *testing.T) {
	s := start(t, nil)
	res, err := post(testContext(t), s, `{"model":"claude-x","stream":true,"messages":[
		{"role":"user","content":"offline:overloaded"},
		{"role":"assistant","content":"offline:overloaded"},
		{"role":"user","content":"and now?"}]}`)
	require.NoError(t, err)
	defer res.Body.Close()
	text := textOf(readEvents(t, res))
	assert.Contains(t, text, "It holds 3 messages, 2 of them yours, and no system prompt of yours.")
	assert.Contains(t, text, "You said: “and now?”")
}

func TestEchoLeavesOutWhatTheCLIInserted(t *testing.T) {
	s := start(t, nil)
	res, err := post(testContext(t), s, `{"model":"claude-x","stream":true,"messages":[{"role":"user","content":[
		{"type":"text","text":"<system-reminder>\nToday is Monday.\n</system-reminder>\n\n"},
		{"type":"text","text":"offline:echo please"}]}]}`)
	require.NoError(t, err)
	defer res.Body.Close()
	assert.Equal(t, "offline:echo please", textOf(readEvents(t, res)))
}

func TestPleasantAnswerTellsWhatArrived(t *testing.T) {
	s := start(t, nil)
	res, err := post(testContext(t), s, `{"model":"claude-x","stream":true,
		"system":[
			{"type":"text","text":"x-anthropic-billing-header: cc_version=2.1.330.687; cc_entrypoint=sdk-cli;"},
			{"type":"text","text":"You are a Claude agent, built on Anthropic's Claude Agent SDK."},
			{"type":"text","text":"Be brief."}],
		"tools":[{"name":"read"}],
		"messages":[
			{"role":"user","content":[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}}]},
			{"role":"assistant","content":[{"type":"tool_use","id":"a","name":"read","input":{}}]},
			{"role":"user","content":[
				{"type":"tool_result","tool_use_id":"a","content":[
					{"type":"text","text":"42"},
					{"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"AAAA"}},
					{"type":"image","source":{"type":"url","url":"https://example.com/a.png"}}]}]}]}`,
		"User-Agent", "claude-cli/2.1.330 (external, sdk-cli)")
	require.NoError(t, err)
	defer res.Body.Close()
	text := textOf(readEvents(t, res))
	for _, part := range []string{
		"the real Claude Code CLI, version 2.1.330, and asked for claude-x.",
		"It holds 3 messages, 2 of them yours, and a system prompt of 9 characters, and offers 1 tool.",
		"I can see 3 images and documents (application/pdf, by url, image/png).",
		"You brought 1 tool result; the last one says: “42”",
	} {
		assert.Contains(t, text, part)
	}
}

func TestUnknownModelsDoNotExist(t *testing.T) {
	for model, found := range map[string]bool{
		"claude-opus-4-8": true, "claude-nope-1": false, "gpt-4o": false, "opus": false,
	} {
		s := start(t, nil)
		res, err := post(testContext(t), s, fmt.Sprintf(`{"model":%q,"messages":[{"role":"user","content":"a"}]}`, model))
		require.NoError(t, err)
		if found {
			assert.Equal(t, 200, res.StatusCode)
		} else {
			assert.Equal(t, 404, res.StatusCode)
			assert.Equal(t, "model: "+model, readError(t, res).Error.Message)
		}
		require.NoError(t, res.Body.Close())
	}
}

func TestSmallMaxTokensCutsTheAnswer(t *testing.T) {
	s := start(t, nil)
	for _, message := range []string{"hello", "offline:long"} {
		body := fmt.Sprintf(`{"model":"claude-x","max_tokens":5,"stream":true,"messages":[{"role":"user","content":%q}]}`, message)
		res, err := post(testContext(t), s, body)
		require.NoError(t, err)
		events := readEvents(t, res)
		require.NoError(t, res.Body.Close())
		assert.Len(t, strings.Fields(textOf(events)), 5)
		assert.Equal(t, "max_tokens", last(events, "message_delta").at("delta", "stop_reason"))
		assert.InDelta(t, 5, last(events, "message_delta").at("usage", "output_tokens"), 0)
	}
}

func TestUsageFigures(t *testing.T) {
	s := start(t, nil)
	events := readEvents(t, ask(t, s, "offline:usage(11, 22, 33, 44)"))
	want := map[string]any{
		"input_tokens": 11.0, "cache_creation_input_tokens": 22.0, "cache_read_input_tokens": 33.0, "output_tokens": 44.0,
	}
	assert.Equal(t, want, last(events, "message_delta").at("usage"))
	want["output_tokens"] = 1.0
	assert.Equal(t, want, events[0].at("message", "usage"))

	events = readEvents(t, ask(t, s, "offline:echo(one two three)"))
	assert.InDelta(t, 3, last(events, "message_delta").at("usage", "output_tokens"), 0)
	assert.InDelta(t, 30, last(events, "message_delta").at("usage", "input_tokens"), 15)
}

func TestUTF8IsCutBetweenCodePoints(t *testing.T) {
	s := start(t, nil)
	text := textOf(readEvents(t, ask(t, s, "offline:utf8")))
	assert.Contains(t, text, "👩\u200d💻 👍🏽 日本語 e\u0301")
	assert.NotContains(t, text, "\ufffd")
}

func TestToolCallsFitTheOfferedTools(t *testing.T) {
	s := start(t, nil)
	const tools = `[
		{"name":"weather","input_schema":{"type":"object","required":["city","days","unit"],"properties":{
			"city":{"type":"string"},"days":{"type":["integer","null"]},"unit":{"enum":["celsius","kelvin"]},"more":{"type":"string"}}}},
		{"name":"clock","input_schema":{"type":"object"}}]`
	for _, c := range []struct{ message, tools, want string }{
		{"offline:tool", tools, `weather {"city":"offline","days":1,"unit":"celsius"}`},
		{"offline:tool(clock)", tools, `clock {}`},
		{`offline:tool(clock {"zone":"Europe/Zürich"})`, tools, `clock {"zone":"Europe/Zürich"}`},
		{"offline:tool", `[]`, `Bash {"command":"echo offline"}`},
		{"offline:tools", tools, `weather {"city":"offline","days":1,"unit":"celsius"} clock {}`},
	} {
		body := fmt.Sprintf(`{"model":"claude-x","stream":true,"tools":%s,"messages":[{"role":"user","content":%s}]}`, c.tools, quoteJSON(c.message))
		res, err := post(testContext(t), s, body)
		require.NoError(t, err)
		events := readEvents(t, res)
		require.NoError(t, res.Body.Close())
		assert.Equal(t, c.want, callsOf(events), c.message)
		assert.Equal(t, "tool_use", last(events, "message_delta").at("delta", "stop_reason"))
	}
}

// callsOf writes each call as its name and its input.
func callsOf(events []event) string {
	var out strings.Builder
	for _, e := range events {
		switch {
		case e.at("content_block", "type") == "tool_use":
			if out.Len() > 0 {
				out.WriteString(" ")
			}
			out.WriteString(e.at("content_block", "name").(string) + " ")
		case e.at("delta", "type") == "input_json_delta":
			out.WriteString(e.at("delta", "partial_json").(string))
		}
	}
	return out.String()
}

func quoteJSON(text string) string {
	data, err := json.Marshal(text)
	if err != nil {
		panic(err)
	}
	return string(data)
}

func TestPaceLiesBetweenTheDeltasOfThePleasantAnswer(t *testing.T) {
	const pace = time.Millisecond
	s, err := offline.Start(offline.Config{Pace: pace})
	require.NoError(t, err)
	defer s.Close()
	begin := time.Now()
	events := readEvents(t, ask(t, s, "hello"))
	deltas := len(strings.SplitAfter(strings.TrimSpace(textOf(events)), " "))
	assert.Greater(t, deltas, 20)
	assert.GreaterOrEqual(t, time.Since(begin), time.Duration(deltas-1)*pace)
}
