package chat

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/proxy/codectest"
	"claude-max-api-proxy/proxy/conversation"
)

// with gives a good request with more members.
func with(members string) string {
	return `{"model":"opus","messages":[{"role":"user","content":"Hi"}],` + members + `}`
}

// saying gives a request with these messages.
func saying(messages string) string {
	return `{"model":"opus","messages":[` + messages + `]}`
}

// allowing gives a request with the tools f and g and this value of allowed_tools.
func allowing(allowed string) string {
	return with(`"tools":[{"type":"function","function":{"name":"f"}},{"type":"function","function":{"name":"g"}}],` +
		`"tool_choice":{"type":"allowed_tools","allowed_tools":` + allowed + `}`)
}

// userPart gives a request whose second message has this content part second.
func userPart(part string) string {
	return saying(`{"role":"user","content":"Look"},{"role":"user","content":[{"type":"text","text":"at"},` + part + `]}`)
}

func TestMistakesAreNamed(t *testing.T) {
	for _, test := range []struct{ body, param, message string }{
		{``, "", "The request body is empty."},
		{`[]`, "", "The request body must be a JSON object, got an array."},
		{`{"model":"opus",}`, "", "not valid JSON at line 1, column 17 (offset 16)"},

		{`{"messages":[]}`, "model", "model is missing; it must be the name of a model, for instance claude-opus-4."},
		{`{"model":null,"messages":[]}`, "model", "model must be the name of a model, for instance claude-opus-4, got null."},
		{`{"model":4,"messages":[]}`, "model", "got the number 4."},
		{`{"model":"","messages":[]}`, "model", "is empty, too long or has control characters"},
		{`{"model":"openai/","messages":[]}`, "model", "is empty, too long or has control characters"},
		{`{"model":"a\nb","messages":[]}`, "model", "is empty, too long or has control characters"},
		{`{"model":"` + strings.Repeat("x", 257) + `"}`, "model", "is empty, too long or has control characters"},

		{`{"model":"opus"}`, "messages", "messages is missing; it must be an array."},
		{`{"model":"opus","messages":null}`, "messages", "messages must be an array, got null."},
		{`{"model":"opus","messages":"Hi"}`, "messages", "messages must be an array, got a string."},
		{saying(``), "messages", "messages is empty; send at least one user message."},
		{saying(`"Hi"`), "messages[0]", "messages[0] must be an object with role and content, got a string."},
		{saying(`{"content":"Hi"}`), "messages[0].role", "messages[0].role is missing; it must be system, developer, user, assistant or tool."},
		{saying(`{"role":1}`), "messages[0].role", "got the number 1."},
		{saying(`{"role":"robot","content":"Hi"}`), "messages[0].role", `messages[0].role must be system, developer, user, assistant or tool, got "robot".`},
		{saying(`{"role":"user"}`), "messages[0].content", "messages[0].content is missing; it must be a string or an array of content parts."},
		{saying(`{"role":"system"}`), "messages[0].content", "messages[0].content is missing"},
		{saying(`{"role":"user","content":{}}`), "messages[0].content", "messages[0].content must be a string or an array of content parts, got an object."},
		{saying(`{"role":"assistant","content":7}`), "messages[0].content", "got the number 7."},
		{saying(`{"role":"assistant","refusal":7}`), "messages[0].refusal", "messages[0].refusal must be a string, got the number 7."},

		{saying(`{"role":"user","content":"Hi"},{"role":"tool","tool_call_id":"a","content":"x"}`), "messages", `messages has a tool result ("a") that answers no tool call of the assistant message before it.`},
		{saying(`{"role":"function","name":"f","content":"x"}`), "messages", `messages has a tool result ("f")`},
		{saying(`{"role":"tool","content":"x"}`), "messages[0].tool_call_id", "messages[0].tool_call_id is missing"},
		{saying(`{"role":"tool","tool_call_id":"a"}`), "messages[0].content", "messages[0].content is missing"},
		{saying(`{"role":"assistant","content":null,"tool_calls":[{"id":"a"}]}`), "messages[0].tool_calls[0].function", "messages[0].tool_calls[0].function is missing; it must be an object with name and arguments."},
		{saying(`{"role":"assistant","tool_calls":[{"id":1,"function":{"name":"f"}}]}`), "messages[0].tool_calls[0].id", "must be a string, got the number 1."},
		{saying(`{"role":"assistant","tool_calls":[{"function":{"name":"f","arguments":{}}}]}`), "messages[0].tool_calls[0].function.arguments", "must be a string with a JSON object in it, got an object."},
		{saying(`{"role":"assistant","tool_calls":[{"type":"custom","function":{"name":"f"}}]}`), "messages[0].tool_calls[0].type", "must be function"},
		{saying(`{"role":"assistant","tool_calls":"x"}`), "messages[0].tool_calls", "messages[0].tool_calls must be an array, got a string."},
		{saying(`{"role":"assistant","function_call":{"name":"f"}}`), "messages", "messages ends with an assistant message"},
		{saying(`{"role":"assistant","function_call":{"name":"f"}},{"role":"function","name":"f","content":"x"},{"role":"function","name":"f","content":"y"}`), "messages", "answers no tool call"},

		{saying(`{"role":"system","content":"Be brief."}`), "messages", "messages holds nothing from the user"},
		{saying(`{"role":"user","content":""},{"role":"user","content":[]},{"role":"user","content":null}`), "messages", "messages holds nothing from the user"},
		{saying(`{"role":"user","content":"Hi"},{"role":"assistant","content":"Well"}`), "messages", "messages ends with an assistant message, which the model does not continue."},
		{saying(`{"role":"user","content":"Hi"},{"role":"assistant","content":"Well"},{"role":"user","content":""}`), "messages", "messages ends with an assistant message"},

		{userPart(`"x"`), "messages[1].content[1]", "messages[1].content[1] must be an object with a type, got a string."},
		{userPart(`{"text":"x"}`), "messages[1].content[1].type", "messages[1].content[1].type is missing; it must be text, image_url or file."},
		{userPart(`{"type":"hologram"}`), "messages[1].content[1].type", `messages[1].content[1].type must be text, image_url or file, got "hologram".`},
		{userPart(`{"type":"text"}`), "messages[1].content[1].text", "messages[1].content[1].text is missing; it must be a string."},
		{userPart(`{"type":"text","text":{}}`), "messages[1].content[1].text", "must be a string, got an object."},
		{userPart(`{"type":"input_audio","input_audio":{}}`), "messages[1].content[1].type", `is "input_audio", but the model takes neither audio nor video.`},
		{userPart(`{"type":"image_url"}`), "messages[1].content[1].image_url", "messages[1].content[1].image_url is missing; it must be an object with a url."},
		{userPart(`{"type":"image_url","image_url":{"detail":"low"}}`), "messages[1].content[1].image_url.url", "messages[1].content[1].image_url.url is missing; it must be a string."},
		{userPart(`{"type":"image_url","image_url":{"url":"http://a/b.png"}}`), "messages[1].content[1].image_url.url", `or an https URL, got "http:".`},
		{userPart(`{"type":"image_url","image_url":"ftp://a/b.png"}`), "messages[1].content[1].image_url", `or an https URL, got "ftp:".`},
		{userPart(`{"type":"image_url","image_url":{"url":"data:image/png;base64,!"}}`), "messages[1].content[1].image_url.url", "holds no valid base64 after the comma."},
		{userPart(`{"type":"file","file":"x"}`), "messages[1].content[1].file", "must be an object with filename and file_data, got a string."},
		{userPart(`{"type":"file","file":{}}`), "messages[1].content[1].file.file_data", "messages[1].content[1].file.file_data is missing; it must be a string."},
		{userPart(`{"type":"file","file":{"file_id":"file-1"}}`), "messages[1].content[1].file.file_id", "there is no store of files here"},
		{userPart(`{"type":"file","file":{"filename":1,"file_data":"x"}}`), "messages[1].content[1].file.filename", "must be a string, got the number 1."},
		{userPart(`{"type":"file","file":{"filename":"a.txt","file_data":"data:text/plain;base64,AAAA"}}`), "messages[1].content[1].file.file_data", "is not a PDF"},
		{saying(`{"role":"system","content":[{"type":"image_url"}]}`), "messages[0].content[0].type", `must be text, got "image_url".`},
		{saying(`{"role":"assistant","content":[{"type":"audio"}]}`), "messages[0].content[0].type", `must be text or refusal, got "audio".`},

		{with(`"stream":"true"`), "stream", "stream must be true or false, got a string."},
		{with(`"stream":1`), "stream", "stream must be true or false, got the number 1."},
		{with(`"stream":true,"stream_options":true`), "stream_options", "stream_options must be an object, got true."},
		{with(`"stream_options":{"include_usage":"yes"}`), "stream_options.include_usage", "stream_options.include_usage must be true or false, got a string."},
		{with(`"n":2`), "n", "n must be 1, got the number 2."},
		{with(`"n":0`), "n", "n must be 1, got the number 0."},
		{with(`"n":"1"`), "n", "n must be 1, got a string."},
		{with(`"max_tokens":0`), "max_tokens", "max_tokens must be a whole number of at least 1, got the number 0."},
		{with(`"max_tokens":-1`), "max_tokens", "got the number -1."},
		{with(`"max_tokens":1.5`), "max_tokens", "got the number 1.5."},
		{with(`"max_tokens":"100"`), "max_tokens", "got a string."},
		{with(`"max_tokens":true`), "max_tokens", "got true."},
		{with(`"max_tokens":-1e30`), "max_tokens", "got the number -1e30."},
		{with(`"max_completion_tokens":[]`), "max_completion_tokens", "got an array."},
		{with(`"max_tokens":0,"max_completion_tokens":5`), "max_tokens", "got the number 0."},

		{with(`"temperature":"0.2"`), "temperature", "temperature must be a number from 0 to 2, got a string."},
		{with(`"temperature":2.1`), "temperature", "temperature must be a number from 0 to 2, got the number 2.1."},
		{with(`"temperature":-0.1`), "temperature", "got the number -0.1."},
		{with(`"top_p":true`), "top_p", "top_p must be a number from 0 to 1, got true."},
		{with(`"top_p":1.1`), "top_p", "got the number 1.1."},
		{with(`"stop":""`), "stop", "stop must be a text, got an empty string."},
		{with(`"stop":["a",""]`), "stop[1]", "stop[1] must be a text, got an empty string."},
		{with(`"stop":["a","\n "]`), "stop[1]", "stop[1] is white space alone, and Anthropic's models do not stop at that."},
		{with(`"stop":["a","b","c","d","e"]`), "stop", "stop has more than 4 texts."},
		{with(`"seed":1.5`), "seed", "seed must be a whole number, got the number 1.5."},
		{with(`"top_logprobs":"x"`), "top_logprobs", "must be a whole number, got a string."},
		{with(`"logprobs":2`), "logprobs", "must be true or false, got the number 2."},
		{with(`"stop":7`), "stop", "stop must be a string or an array of strings, got the number 7."},
		{with(`"stop":["a",7]`), "stop[1]", "stop[1] must be a string, got the number 7."},
		{with(`"tools":{}`), "tools", "tools must be an array, got an object."},
		{with(`"tool_choice":[]`), "tool_choice", `tool_choice must be none, auto, required, {"type": "function", "function": {"name": …}} or {"type": "allowed_tools", "allowed_tools": …}, got an array.`},
		{with(`"tool_choice":"any"`), "tool_choice", `must be none, auto, required`},
		{with(`"tool_choice":"required"`), "tool_choice", "tool_choice wants a tool to be called, and the request has no tools. Send tools, or leave it out."},
		{with(`"tools":[{"type":"function","function":{"name":"f"}}],"tool_choice":{"type":"function","function":{"name":"g"}}`), "tool_choice.function.name", `tool_choice.function.name is "g", which is not among the tools of the request. Put the function into tools, or leave it out here.`},
		{allowing(`{"tools":[{"type":"function","function":{"name":"f"}}]}`), "tool_choice.allowed_tools.mode", "tool_choice.allowed_tools.mode is missing; it must be auto or required."},
		{allowing(`{"mode":"none","tools":[{"type":"function","function":{"name":"f"}}]}`), "tool_choice.allowed_tools.mode", `must be auto or required, got "none".`},
		{allowing(`{"mode":"auto"}`), "tool_choice.allowed_tools.tools", "tool_choice.allowed_tools.tools is missing; it must be an array."},
		{allowing(`{"mode":"auto","tools":[]}`), "tool_choice.allowed_tools.tools", `tool_choice.allowed_tools.tools has nothing that the model could call. Send "tool_choice": "none" where it is to call nothing.`},
		{allowing(`{"mode":"auto","tools":[{"type":"custom","name":"f"}]}`), "tool_choice.allowed_tools.tools[0].type", "must be function"},
		{allowing(`{"mode":"auto","tools":[{"type":"function"}]}`), "tool_choice.allowed_tools.tools[0].function", "is missing; it must be an object with a name."},
		{allowing(`{"mode":"required","tools":[{"type":"function","function":{"name":"f"}},{"type":"function","function":{"name":"h"}}]}`), "tool_choice.allowed_tools.tools[1].function.name", `is "h", which is not among the tools of the request.`},
		{allowing(`7`), "tool_choice.allowed_tools", "tool_choice.allowed_tools must be an object with mode and tools, got the number 7."},
		{with(`"tools":[{"type":"function","function":{"name":"f"}}],"tool_choice":{"type":"allowed_tools"}`), "tool_choice.allowed_tools", "tool_choice.allowed_tools is missing; it must be an object with mode and tools."},
		{with(`"tools":[{"type":"function"}]`), "tools[0].function", "tools[0].function is missing; it must be an object with a name."},
		{with(`"tools":[{"type":"custom","custom":{"name":"f"}}]`), "tools[0].type", "tools[0].type must be function, the only kind of tool there is here, got"},
		{with(`"tools":[{"type":"function","function":{"name":"a b"}}]`), "tools[0].function.name", "must be a name of 1 to 128 letters"},
		{with(`"tools":[{"type":"function","function":{"name":"f"}},{"type":"function","function":{"name":"f"}}]`), "tools[1].function", `tools[1].function has the name "f", which another one has already.`},
		{with(`"tools":[{"type":"function","function":{"name":"f","parameters":[]}}]`), "tools[0].function.parameters", "must be an object, a JSON Schema"},
		{with(`"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"string"}}}]`), "tools[0].function.parameters.type", `must be "object"`},
		{with(`"tools":[{"type":"function","function":{"name":"f","parameters":{"properties":{"a":{"type":"text"}}}}}]`), "tools[0].function.parameters.properties.a.type", `must be one of the types array, boolean, integer, null, number, object, string, got "text".`},
		{with(`"functions":[{"name":"f","parameters":{"anyOf":[{"properties":{"a b":{}}}]}}]`), "functions[0].parameters.anyOf[0].properties.a b", "has a name that Anthropic does not take for an argument."},
		{with(`"tools":[{"type":"function","function":{"name":"f","description":1}}]`), "tools[0].function.description", "must be a string"},
		{with(`"functions":[{"name":"f"}],"function_call":{"name":"g"}`), "function_call.name", "not among the tools"},
		{with(`"functions":[{"name":"f"}],"function_call":7`), "function_call", `function_call must be none, auto or {"name": …}, got the number 7.`},
		{with(`"parallel_tool_calls":"no"`), "parallel_tool_calls", "must be true or false, got a string."},
		{with(`"logit_bias":[]`), "logit_bias", "logit_bias must be an object, got an array."},
		{with(`"response_format":"json"`), "response_format", "response_format must be an object, got a string."},
		{with(`"response_format":{}`), "response_format.type", "response_format.type is missing; it must be text, json_object or json_schema."},
		{with(`"response_format":{"type":"xml"}`), "response_format.type", `must be text, json_object or json_schema, got "xml".`},
		{with(`"response_format":{"type":"json_schema"}`), "response_format.json_schema", "is missing; it must be an object with name and schema."},
		{with(`"response_format":{"type":"json_schema","json_schema":{"schema":{}}}`), "response_format.json_schema.name", "is missing; it must be a name of 1 to 64 letters"},
		{with(`"response_format":{"type":"json_schema","json_schema":{"name":"a b","schema":{}}}`), "response_format.json_schema.name", "must be a name of 1 to 64 letters"},
		{with(`"response_format":{"type":"json_schema","json_schema":{"name":"` + strings.Repeat("x", 65) + `","schema":{}}}`), "response_format.json_schema.name", "must be a name of 1 to 64 letters"},
		{with(`"response_format":{"type":"json_schema","json_schema":{"name":"a"}}`), "response_format.json_schema.schema", "is missing; it must be an object: a JSON Schema."},
		{with(`"response_format":{"type":"json_schema","json_schema":{"name":"a","schema":true}}`), "response_format.json_schema.schema", "must be an object: a JSON Schema, got true."},
		{with(`"response_format":{"type":"json_schema","json_schema":{"name":"a","strict":1,"schema":{}}}`), "response_format.json_schema.strict", "must be true or false"},
		{with(`"response_format":{"type":"json_schema","json_schema":{"name":"a","schema":{"type":5}}}`), "response_format.json_schema.schema.type", "must be one of the types array"},
		{with(`"response_format":{"type":"json_schema","json_schema":{"name":"a","schema":{"$ref":"#"}}}`), "response_format.json_schema.schema.$ref", "schema.$ref goes in a circle"},
		{with(`"response_format":{"type":"json_schema","json_schema":{"name":"a","schema":{"$ref":"https://a/b"}}}`), "response_format.json_schema.schema.$ref", "must be a path within the schema"},
		{with(`"reasoning_effort":3`), "reasoning_effort", "reasoning_effort must be none, minimal, low, medium, high, xhigh or max, got the number 3."},
		{with(`"reasoning_effort":"turbo"`), "reasoning_effort", `must be none, minimal, low, medium, high, xhigh or max, got "turbo".`},
		{with(`"reasoning_effort":"High"`), "reasoning_effort", `got "High".`},
		{with(`"modalities":"text"`), "modalities", "must be an array, got a string."},
		{with(`"top_p":"x","temperature":"x"`), "temperature", "temperature must be a number"},
	} {
		t.Run(fmt.Sprintf("%.120s", test.body), func(t *testing.T) {
			_, err := Decode([]byte(test.body))
			require.NotNil(t, err)
			assert.Equal(t, conversation.InvalidRequest, err.Kind)
			assert.Equal(t, test.param, err.Param)
			assert.Contains(t, err.Error(), test.message)
		})
	}
}

func decode(t testing.TB, body string) *Request {
	t.Helper()
	r, err := Decode([]byte(body))
	require.Nil(t, err)
	return r
}

func TestParametersWithoutEffectAreNamed(t *testing.T) {
	for members, want := range map[string][]string{
		`"seed":9007199254740993,"logprobs":true`:       {"logprobs", "seed"},
		`"top_logprobs":3,"logit_bias":{"50256":-100}`:  {"logit_bias", "top_logprobs"},
		`"presence_penalty":0.5,"frequency_penalty":-1`: {"frequency_penalty", "presence_penalty"},
		`"reasoning_effort":"high","verbosity":"low"`:   {"verbosity"},
		`"modalities":["text","audio"],"audio":{}`:      {"audio", "modalities"},
		`"zeta":1,"alpha":{"x":[]},"zeta":2`:            {"alpha", "zeta"},

		// What happens anyway, or says nothing about the answer, is not named.
		`"temperature":1,"top_p":1.0,"presence_penalty":0,"frequency_penalty":0.0,"logprobs":false`:   nil,
		`"stop":null,"tools":[],"tool_choice":"none","functions":[],"logit_bias":{},"stop":[]`:        nil,
		`"response_format":{"type":"text"},"parallel_tool_calls":true,"modalities":["text"]`:          nil,
		`"user":"me","store":true,"metadata":{},"service_tier":"auto","safety_identifier":"x"`:        nil,
		`"prompt_cache_key":"k","stream_options":{},"n":1,"seed":null,"unknown":null,"max_tokens":16`: nil,
	} {
		assert.Equal(t, want, decode(t, with(members)).Ignored, members)
	}
}

func TestNamesOfIgnoredParametersFitIntoAHeader(t *testing.T) {
	var members strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&members, `"%d\r\nx-evil: é%s":1,`, i, strings.Repeat("y", 100))
	}
	ignored := decode(t, with(members.String()+`"":1,"seed":0`)).Ignored
	assert.LessOrEqual(t, len(ignored), 16+len(table.Ineffective))
	assert.Contains(t, ignored, "seed")
	for _, name := range ignored {
		assert.Regexp(t, `^[0-9A-Za-z_.-]{1,48}$`, name)
	}
}

func TestSamplingIsRead(t *testing.T) {
	number := func(f float64) *float64 { return &f }
	for members, want := range map[string][2]*float64{
		`"stream":false`:                  {},
		`"temperature":0.2,"top_p":0.9`:   {number(0.2), number(0.9)},
		`"temperature":0,"top_p":0`:       {number(0), number(0)},
		`"temperature":1,"top_p":1.0`:     {}, // what the model does anyway
		`"temperature":1.7`:               {}, // Anthropic's scale ends at 1
		`"temperature":2`:                 {},
		`"temperature":null,"top_p":null`: {},
	} {
		c := decode(t, with(members)).Conversation()
		assert.Equal(t, want, [2]*float64{c.Temperature, c.TopP}, members)
	}
}

func TestStopsAreRead(t *testing.T) {
	for members, want := range map[string][]string{
		`"stop":"END"`:                 {"END"},
		`"stop":["a","\n\nb","c","d"]`: {"a", "\n\nb", "c", "d"},
		`"stop":[]`:                    nil,
		`"stop":null`:                  nil,
	} {
		assert.Equal(t, want, decode(t, with(members)).Conversation().Stop, members)
	}
}

func TestEffortIsRead(t *testing.T) {
	for word, want := range map[string]conversation.Effort{
		`null`: "", `"minimal"`: conversation.LowEffort, `"low"`: conversation.LowEffort,
		`"medium"`: conversation.MediumEffort, `"high"`: conversation.HighEffort, `"xhigh"`: conversation.XHighEffort, `"max"`: conversation.MaxEffort,
	} {
		c := decode(t, with(`"reasoning_effort":`+word)).Conversation()
		assert.Equal(t, want, c.Effort, word)
		assert.Zero(t, c.Thinking, word)
	}
	c := decode(t, with(`"reasoning_effort":"none"`)).Conversation()
	assert.Equal(t, conversation.ThinkingConfig{Mode: conversation.DoNotThink}, c.Thinking)
	assert.Empty(t, c.Effort)
}

func TestLimitsAreRead(t *testing.T) {
	for members, want := range map[string]int{
		`"stream":false`:     0,
		`"max_tokens":100`:   100,
		`"max_tokens":100.0`: 100,
		`"max_tokens":null,"max_completion_tokens":null`: 0,
		`"max_completion_tokens":7,"max_tokens":100`:     7,
		`"max_tokens":1000000000000`:                     math.MaxInt32,
		`"max_tokens":9223372036854775808`:               math.MaxInt32,
		`"max_completion_tokens":1e999`:                  math.MaxInt32,
		`"max_tokens":100,"max_completion_tokens":7`:     7,
		`"max_tokens":100,"max_completion_tokens":null`:  100,
	} {
		assert.Equal(t, want, decode(t, with(members)).Conversation().MaxTokens, members)
	}
}

func TestStreamingIsRead(t *testing.T) {
	for members, want := range map[string][2]bool{
		`"stream":false`:                      {false, false},
		`"stream":null,"stream_options":null`: {false, false},
		`"stream":true`:                       {true, false},
		`"stream":true,"stream_options":{"include_usage":null}`:                          {true, false},
		`"stream":true,"stream_options":{"include_usage":true,"include_obfuscation":0}`:  {true, true},
		`"stream":false,"stream_options":{"include_usage":true}`:                         {false, true},
		`"stream":true,"stream_options":{"include_usage":true},"stream_options":{"x":1}`: {true, false},
	} {
		r := decode(t, with(members))
		assert.Equal(t, want, [2]bool{r.Stream, r.IncludeUsage}, members)
	}
}

func TestTheModelLosesItsPrefixOnlyForTheBackend(t *testing.T) {
	r := decode(t, `{"messages":[{"role":"user","content":"Hi"}],"model":" openai/claude-opus-4 "}`)
	assert.Equal(t, "openai/claude-opus-4", r.Model)
	assert.Equal(t, "claude-opus-4", r.Conversation().Model)
}

func TestHalfAnEmojiDoesNotBlockAConversation(t *testing.T) {
	r := decode(t, saying(`{"role":"user","content":"cut \ud83d"}`))
	assert.Equal(t, "cut \ufffd", r.Conversation().Turns[0].PlainText())
}

func TestSystemTextsWithNothingInThemAreLeftOut(t *testing.T) {
	r := decode(t, saying(`{"role":"system","content":" \n"},{"role":"developer","content":[{"type":"text","text":""},`+
		`{"type":"text","text":" Be brief.\n"}]},{"role":"user","content":"Hi"}`))
	assert.Equal(t, []string{" Be brief.\n"}, r.Conversation().System)
}

// checkNormalised is what the neutral model promises to backends.
func checkNormalised(t testing.TB, c conversation.Request) {
	require.NotEmpty(t, c.Model)
	require.NotEmpty(t, c.Turns)
	require.GreaterOrEqual(t, c.MaxTokens, 0)
	for _, f := range []*float64{c.Temperature, c.TopP} {
		require.True(t, f == nil || *f >= 0 && *f < 1)
	}
	require.LessOrEqual(t, len(c.Stop), 4)
	for _, stop := range c.Stop {
		require.NotEmpty(t, strings.TrimSpace(stop))
	}
	for _, system := range c.System {
		require.NotEmpty(t, strings.TrimSpace(system))
	}
	require.Equal(t, conversation.User, c.Turns[len(c.Turns)-1].Role)
	for i, turn := range c.Turns {
		require.Contains(t, []conversation.Role{conversation.User, conversation.Assistant}, turn.Role)
		require.NotEmpty(t, turn.Blocks)
		if i > 0 {
			require.NotEqual(t, c.Turns[i-1].Role, turn.Role)
		}
		for _, b := range turn.Blocks {
			switch b := b.(type) {
			case conversation.Text:
				require.NotEmpty(t, strings.TrimSpace(b.Text))
			case conversation.Image:
				require.NotEqual(t, b.Source.URL == "", b.Source.Data == "")
			case conversation.Document:
				require.NotEmpty(t, b.Source.Data)
			case conversation.ToolUse:
				require.Equal(t, conversation.Assistant, turn.Role)
				require.NotEmpty(t, b.ID)
				require.True(t, json.Valid(b.Input))
			case conversation.ToolResult:
				require.Equal(t, conversation.User, turn.Role)
				require.NotEmpty(t, b.ID)
			default:
				t.Fatalf("a block of an unknown type: %T", b)
			}
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, archive := range codectest.All(f, "testdata") {
		if request, ok := archive.File("request.json"); ok {
			f.Add(request)
		}
	}
	f.Add([]byte(with(`"n":2`)))
	f.Add([]byte(userPart(`{"type":"file","file":{"file_id":"file-1"}}`)))
	f.Add([]byte("{\"model\":\"\xff\"}"))
	f.Add([]byte(with(`"response_format":{"type":"json_schema","json_schema":{"name":"a","schema":{"type":"object","properties":{"a":{"$ref":"#/$defs/b"}},"$defs":{"b":{"anyOf":[{"$ref":"#"},{"type":"null"}]}}}}}`)))
	f.Add([]byte(with(`"temperature":-0.0,"top_p":5e-324,"stop":[" x","\u0000"]`)))
	f.Add([]byte(with(`"tools":[{}],"seed":1,"weird\u0000 name":[[[[]]]],"stop":["a"]`)))
	f.Fuzz(func(t *testing.T, body []byte) {
		r, err := Decode(body)
		if err != nil {
			require.Equal(t, conversation.InvalidRequest, err.Kind)
			require.NotEmpty(t, err.Message)
			return
		}
		checkNormalised(t, r.Conversation())
		for _, name := range r.Ignored {
			require.Regexp(t, `^[0-9A-Za-z_.-]+$`, name)
		}
		_, marshalErr := json.Marshal(r.Conversation())
		require.NoError(t, marshalErr)
	})
}

// BenchmarkDecode measures prompts of 8 MiB in the shapes that they come in.
func BenchmarkDecode(b *testing.B) {
	const size = 8 << 20
	line := strings.Repeat("The quick brown fox jumps over the lazy dog. ", 20)
	text, _ := json.Marshal(strings.Repeat(line+"\n\t\"é\"", size/(len(line)+10)))
	message := `{"role":"user","content":"` + line + `"},{"role":"assistant","content":[{"type":"text","text":"` + line + `"}]},`
	tiny := `{"role":"user","content":"x"},`
	user := `{"role":"user","content":"Hi"}`
	for name, body := range map[string]string{
		"one text with escapes": saying(`{"role":"user","content":` + string(text) + `}`),
		"many messages":         saying(strings.Repeat(message, size/len(message)) + user),
		"tiny messages":         saying(strings.Repeat(tiny, size/len(tiny)) + user),
		"one picture":           userPart(`{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBORw0KGgoA` + strings.Repeat("AAAA", size/4) + `"}}`),
		"members to ignore":     with(`"unknown":[` + strings.Repeat(`{"a":[{"b":"c"}]},`, size/18) + `{}]`),
		"a chat of 60 KB":       saying(`{"role":"system","content":` + string(text[:48<<10]) + `"},` + strings.Repeat(message, 6) + user),
	} {
		b.Run(name, func(b *testing.B) {
			data := []byte(body)
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Decode(data); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func TestWhatASchemaCannotSayIsSaidInTheDescription(t *testing.T) {
	const union = `{"anyOf":[{"properties":{"a":{}},"required":["a"]},{"properties":{"b":{}}}]}`
	const words = "The arguments also have to satisfy this JSON Schema, whose references are those of the parameters: "
	r, err := Decode([]byte(`{"model":"opus","messages":[{"role":"user","content":"Hi"}],"tools":[
		{"type":"function","function":{"name":"f","description":"Does it.","parameters":` + union + `}},
		{"type":"function","function":{"name":"g","parameters":` + union + `}}]}`))
	require.Nil(t, err)
	tools := r.Conversation().Tools
	assert.Equal(t, "Does it.\n\n"+words+union, tools[0].Description)
	assert.Equal(t, words+union, tools[1].Description)
	assert.JSONEq(t, `{"type":"object","properties":{"a":{},"b":{}}}`, string(tools[0].Schema))
}
