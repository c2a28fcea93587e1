package anthropic

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
	return `{"model":"opus","max_tokens":100,"messages":[{"role":"user","content":"Hi"}],` + members + `}`
}

// saying gives a request with these messages.
func saying(messages string) string {
	return `{"model":"opus","max_tokens":100,"messages":[` + messages + `]}`
}

// showing gives a request whose second message has this block second.
func showing(block string) string {
	return saying(`{"role":"user","content":"Look"},{"role":"user","content":[{"type":"text","text":"at"},` + block + `]}`)
}

// having gives a request whose first message, the assistant's, has this block.
func having(block string) string {
	return saying(`{"role":"assistant","content":[` + block + `]},{"role":"user","content":"Go on."}`)
}

// offering gives a request with these tools.
func offering(tools, more string) string { return with(`"tools":[` + tools + `]` + more) }

const at = "messages[1].content[1]"

func TestMistakesAreNamed(t *testing.T) {
	const f = `{"name":"f","input_schema":{"type":"object"}}`
	for _, test := range []struct{ body, param, message string }{
		{``, "", "The request body is empty."},
		{`[]`, "", "The request body must be a JSON object, got an array."},
		{`{"messages":[]}`, "model", "model is missing; it must be the name of a model"},
		{`{"model":4}`, "model", "got the number 4."},
		{`{"model":"anthropic/","messages":[]}`, "model", "is empty, too long or has control characters"},

		{`{"model":"opus"}`, "messages", "messages is missing; it must be an array."},
		{`{"model":"opus","messages":"Hi"}`, "messages", "messages must be an array, got a string."},
		{saying(``), "messages", "messages is empty; send at least one user message."},
		{saying(`"Hi"`), "messages[0]", "messages[0] must be an object with role and content, got a string."},
		{saying(`{"content":"Hi"}`), "messages[0].role", "messages[0].role is missing; it must be user, assistant or system."},
		{saying(`{"role":"tool","content":"Hi"}`), "messages[0].role", `messages[0].role must be user, assistant or system, got "tool".`},
		{saying(`{"role":"system","content":"Hi"}`), "messages", "messages holds nothing from the user"},
		{saying(`{"role":"system"}`), "messages[0].content", "messages[0].content is missing"},
		{saying(`{"role":"system","content":[{"type":"image"}]}`), "messages[0].content[0].type", `must be text, got "image".`},
		{saying(`{"role":"user"}`), "messages[0].content", "messages[0].content is missing; it must be a string or an array of content blocks."},
		{saying(`{"role":"user","content":null}`), "messages[0].content", "must be a string or an array of content blocks, got null."},
		{saying(`{"role":"user","content":{}}`), "messages[0].content", "got an object."},
		{saying(`{"role":"user","content":""},{"role":"user","content":[]}`), "messages", "messages holds nothing"},
		{saying(`{"role":"user","content":"Hi"},{"role":"assistant","content":"Well"}`), "messages", "prefilling the model's answer is not possible here."},

		{with(`"thread":{"type":"create"}`), "thread", "thread cannot be used: there are no message threads here. Leave it out, and send the whole conversation."},
		{with(`"thread":true`), "thread", "thread cannot be used"},
		{`{"model":"opus","max_tokens":9,"thread":{"type":"continue","previous_message_id":"msg_1"},"messages":[{"role":"user","content":[` +
			`{"type":"tool_result","tool_use_id":"a","content":"x"}]}]}`, "thread", "thread cannot be used"},

		{with(`"system":7`), "system", "system must be a string or an array of content blocks, got the number 7."},
		{with(`"system":[{"type":"image"}]`), "system[0].type", `system[0].type must be text, got "image".`},
		{with(`"system":[{"type":"text"}]`), "system[0].text", "system[0].text is missing; it must be a string."},

		{showing(`"x"`), at, at + " must be an object with a type, got a string."},
		{showing(`{"text":"x"}`), at + ".type", at + ".type is missing; it must be text, image, document, search_result or tool_result."},
		{showing(`{"type":"hologram"}`), at + ".type", `must be text, image, document, search_result or tool_result, got "hologram".`},
		{showing(`{"type":"thinking","thinking":"x","signature":"y"}`), at + ".type", `got "thinking".`},
		{showing(`{"type":"text","text":{}}`), at + ".text", "must be a string, got an object."},
		{showing(`{"type":"container_upload","file_id":"f"}`), at + ".type", "there are no tools here that run at Anthropic"},
		{showing(`{"type":"web_search_tool_result"}`), at + ".type", "Leave such blocks out, or say in a text block what came of the call."},

		{showing(`{"type":"image"}`), at + ".source", at + ".source is missing; it must be an object with a type."},
		{showing(`{"type":"image","source":{}}`), at + ".source.type", "is missing; it must be base64 or url."},
		{showing(`{"type":"image","source":{"type":"file","file_id":"f"}}`), at + ".source.type", "there is no store of files here; send the file itself, as base64."},
		{showing(`{"type":"image","source":{"type":"text"}}`), at + ".source.type", `must be base64 or url, got "text".`},
		{showing(`{"type":"image","source":{"type":"base64","media_type":"image/png"}}`), at + ".source.data", "is missing; it must be a string."},
		{showing(`{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}}`), at + ".source.data", "is no picture that can be read"},
		{showing(`{"type":"image","source":{"type":"base64","media_type":"image/png","data":"!"}}`), at + ".source.data", "is not valid base64."},
		{showing(`{"type":"image","source":{"type":"url","url":"http://a/b.png"}}`), at + ".source.url", `or an https URL, got "http:".`},

		{showing(`{"type":"document"}`), at + ".source", "is missing; it must be an object with a type."},
		{showing(`{"type":"document","title":1,"source":{}}`), at + ".title", "must be a string, got the number 1."},
		{showing(`{"type":"document","context":[],"source":{}}`), at + ".context", "must be a string, got an array."},
		{showing(`{"type":"document","citations":true,"source":{}}`), at + ".citations", "must be an object, got true."},
		{showing(`{"type":"document","citations":{"enabled":1},"source":{}}`), at + ".citations.enabled", "must be true or false, got the number 1."},
		{showing(`{"type":"document","source":{"type":"file","file_id":"f"}}`), at + ".source.type", "there is no store of files here"},
		{showing(`{"type":"document","source":{"type":"base64","media_type":"text/plain","data":"AAAA"}}`), at + ".source.media_type", `Plain text goes as a source of type "text".`},
		{showing(`{"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"!"}}`), at + ".source.data", "is neither a data URL nor valid base64."},
		{showing(`{"type":"document","title":"` + strings.Repeat("é", 501) + `","source":{"type":"url","url":"https://a/b.pdf"}}`), at + ".title", "must be a text of at most 500 characters"},
		{showing(`{"type":"document","source":{"type":"url","url":"ftp://a/b.pdf"}}`), at + ".source.url", `got "ftp:".`},
		{showing(`{"type":"document","source":{"type":"text"}}`), at + ".source.data", "is missing; it must be a string."},
		{showing(`{"type":"document","source":{"type":"content"}}`), at + ".source.content", "is missing; it must be a string or an array of content blocks."},
		{showing(`{"type":"document","source":{"type":"content","content":[{"type":"document"}]}}`), at + ".source.content[0].type", `must be text or image, got "document".`},
		{showing(`{"type":"search_result","source":"s","content":[]}`), at + ".title", "is missing; it must be a string."},
		{showing(`{"type":"search_result","title":"t","content":[]}`), at + ".source", "is missing; it must be a string."},
		{showing(`{"type":"search_result","title":"t","source":"s","content":[{"type":"image"}]}`), at + ".content[0].type", `must be text, got "image".`},

		{showing(`{"type":"tool_result","content":"x"}`), at + ".tool_use_id", "is missing; it must be the id of a tool call."},
		{showing(`{"type":"tool_result","tool_use_id":"","content":"x"}`), at + ".tool_use_id", "must be the id of a tool call, got an empty string."},
		{showing(`{"type":"tool_result","tool_use_id":"a","is_error":"no"}`), at + ".is_error", "must be true or false, got a string."},
		{showing(`{"type":"tool_result","tool_use_id":"a","content":7}`), at + ".content", "got the number 7."},
		{showing(`{"type":"tool_result","tool_use_id":"a","content":[{"type":"tool_reference"}]}`), at + ".content[0].tool_name", "is missing; it must be a name of 1 to 128 letters"},
		{showing(`{"type":"tool_result","tool_use_id":"a","content":[{"type":"audio"}]}`), at + ".content[0].type", `must be text, image, document, search_result or tool_reference, got "audio".`},
		{showing(`{"type":"tool_result","tool_use_id":"a","content":"x"}`), "messages", `messages has a tool_result ("a") that answers no tool_use of the assistant message before it.`},

		{having(`{"type":"image"}`), "messages[0].content[0].type", `must be text, thinking, redacted_thinking or tool_use, got "image".`},
		{having(`{"type":"server_tool_use","id":"s","name":"web_search","input":{}}`), "messages[0].content[0].type", `messages[0].content[0].type is "server_tool_use", but there are no tools here that run at Anthropic`},
		{having(`{"type":"thinking","signature":"x"}`), "messages[0].content[0].thinking", "is missing; it must be a string."},
		{having(`{"type":"thinking","thinking":"x"}`), "messages[0].content[0].signature", "is missing; it must be a string."},
		{having(`{"type":"redacted_thinking"}`), "messages[0].content[0].data", "is missing; it must be a string."},
		{having(`{"type":"tool_use","name":"f","input":{}}`), "messages[0].content[0].id", "is missing; it must be the id of a tool call."},
		{having(`{"type":"tool_use","id":"a","name":"f g","input":{}}`), "messages[0].content[0].name", "must be a name of 1 to 128 letters"},
		{having(`{"type":"tool_use","id":"a","name":"f","input":"{}"}`), "messages[0].content[0].input", "must be an object: the tool's arguments, got a string."},

		{`{"model":"opus","messages":[{"role":"user","content":"Hi"}]}`, "max_tokens", "max_tokens is missing; it must be a whole number of at least 1."},
		{with(`"max_tokens":0`), "max_tokens", "max_tokens must be a whole number of at least 1, got the number 0."},
		{with(`"max_tokens":"9"`), "max_tokens", "got a string."},
		{with(`"stream":"true"`), "stream", "stream must be true or false, got a string."},
		{with(`"temperature":1.1`), "temperature", "temperature must be a number from 0 to 1, got the number 1.1."},
		{with(`"temperature":"0"`), "temperature", "got a string."},
		{with(`"top_p":-1`), "top_p", "top_p must be a number from 0 to 1, got the number -1."},
		{with(`"top_k":1.5`), "top_k", "top_k must be a whole number, got the number 1.5."},
		{with(`"stop_sequences":"END"`), "stop_sequences", "stop_sequences must be an array of strings, got a string."},
		{with(`"stop_sequences":["a",7]`), "stop_sequences[1]", "must be a string, got the number 7."},
		{with(`"stop_sequences":["a"," \n"]`), "stop_sequences[1]", "is empty or white space alone, and models do not stop at that."},

		{with(`"tools":{}`), "tools", "tools must be an array, got an object."},
		{offering(`7`, ``), "tools[0]", "tools[0] must be an object with name and input_schema, got the number 7."},
		{offering(`{"input_schema":{}}`, ``), "tools[0].name", "tools[0].name is missing; it must be a name of 1 to 128 letters"},
		{offering(`{"name":"f"}`, ``), "tools[0].input_schema", "tools[0].input_schema is missing; it must be an object, a JSON Schema."},
		{offering(`{"name":"f","description":7,"input_schema":{}}`, ``), "tools[0].description", "must be a string, got the number 7."},
		{offering(`{"name":"f","input_schema":{"type":"string"}}`, ``), "tools[0].input_schema.type", `must be "object"`},
		{offering(`{"name":"f","input_schema":{"properties":{"a":{"type":"text"}}}}`, ``), "tools[0].input_schema.properties.a.type", `got "text".`},
		{offering(`{"name":"f","input_schema":{},"strict":1}`, ``), "tools[0].strict", "must be true or false, got the number 1."},
		{offering(`{"type":"function","function":{"name":"f"}}`, ``), "tools[0].type", `tools[0].type must be custom, or the type of one of Anthropic's tools, got "function".`},
		{offering(`{"type":7}`, ``), "tools[0].type", "tools[0].type must be custom, or the type of one of Anthropic's tools, got the number 7."},
		{offering(f+","+f, ``), "tools[1]", `tools[1] has the name "f", which another one has already.`},
		{offering(f, `,"tool_choice":"auto"`), "tool_choice", "tool_choice must be an object with a type: auto, any, tool or none, got a string."},
		{offering(f, `,"tool_choice":{}`), "tool_choice.type", "tool_choice.type is missing; it must be auto, any, tool or none."},
		{offering(f, `,"tool_choice":{"type":"required"}`), "tool_choice.type", `must be auto, any, tool or none, got "required".`},
		{offering(f, `,"tool_choice":{"type":"tool"}`), "tool_choice.name", "is missing; it must be the name of one of the tools."},
		{offering(f, `,"tool_choice":{"type":"tool","name":"g"}`), "tool_choice.name", `tool_choice.name is "g", which is not among the tools of the request.`},
		{offering(f, `,"tool_choice":{"type":"any","disable_parallel_tool_use":1}`), "tool_choice.disable_parallel_tool_use", "must be true or false, got the number 1."},
		{with(`"tool_choice":{"type":"any"}`), "tool_choice", "tool_choice wants a tool to be called, and the request has no tools."},
		{offering(`{"type":"web_search_20250305","name":"web_search"}`, `,"tool_choice":{"type":"any"}`), "tool_choice", "the request has no tools"},
		{offering(`{"type":"web_search_20250305","name":"web_search"}`, `,"tool_choice":{"type":"tool","name":"web_search"}`), "tool_choice.name", `of the type "web_search_20250305"`},

		{with(`"thinking":true`), "thinking", "thinking must be an object with a type: enabled, disabled, between_tools or adaptive, got true."},
		{with(`"thinking":{}`), "thinking.type", "thinking.type is missing; it must be enabled, disabled, between_tools or adaptive."},
		{with(`"thinking":{"type":"on"}`), "thinking.type", `must be enabled, disabled, between_tools or adaptive, got "on".`},
		{with(`"thinking":{"type":"enabled"}`), "thinking.budget_tokens", "thinking.budget_tokens is missing; it must be a whole number of at least 1024."},
		{with(`"thinking":{"type":"enabled","budget_tokens":2000}`), "thinking.budget_tokens", "must be less than max_tokens, which is 100"},
		{with(`"thinking":{"type":"enabled","budget_tokens":1000}`), "thinking.budget_tokens", "must be a whole number of at least 1024, got the number 1000."},
		{with(`"output_config":7`), "output_config", "output_config must be an object, got the number 7."},
		{with(`"output_config":{"effort":7}`), "output_config.effort", "output_config.effort must be low, medium, high, xhigh or max, got the number 7."},
		{with(`"output_config":{"effort":"none"}`), "output_config.effort", `must be low, medium, high, xhigh or max, got "none".`},
		{with(`"output_config":{"format":7}`), "output_config.format", "must be an object with type and schema, got the number 7."},
		{with(`"output_config":{"format":{"type":"json_object"}}`), "output_config.format.type", `must be json_schema, got "json_object".`},
		{with(`"output_format":{"type":"json_schema"}`), "output_format.schema", "is missing; it must be an object, a JSON Schema."},
		{with(`"output_format":{"type":"json_schema","schema":{"type":"text"}}`), "output_format.schema.type", `got "text".`},
	} {
		t.Run(fmt.Sprintf("%.100s", test.body), func(t *testing.T) {
			_, err := Decode([]byte(test.body))
			require.NotNil(t, err)
			assert.Equal(t, conversation.InvalidRequest, err.Kind)
			assert.Equal(t, test.param, err.Param)
			assert.Contains(t, err.Error(), test.message)
		})
	}
}

func decoded(t testing.TB, body string) *Request {
	t.Helper()
	r, err := Decode([]byte(body))
	require.Nil(t, err)
	return r
}

func TestWhatHasNoEffectIsNamed(t *testing.T) {
	for members, want := range map[string][]string{
		`"top_k":40,"container":{"id":"c"}`:                      {"container", "top_k"},
		`"thinking":{"type":"adaptive","display":"omitted"}`:     {"thinking.display"},
		`"system":[{"type":"text","text":"x","citations":[{}]}]`: {"citations"},
		`"tools":[{"type":"tool_search_tool_regex","name":"s"}]`: {"tools.tool_search_tool_regex"},
		`"betas":["x"],"inference_geo":"eu"`:                     {"betas", "inference_geo"},

		// What happens anyway, or says nothing about the answer, is not named.
		`"thinking":{"type":"adaptive"},"temperature":1,"top_p":1,"mcp_servers":[],"context_management":{}`:             nil,
		`"metadata":{"user_id":"me"},"service_tier":"auto","cache_control":{"type":"ephemeral"}`:                        nil,
		`"tools":null,"tool_choice":null,"thinking":null,"output_config":null,"system":null,"top_k":null,"thread":null`: nil,
	} {
		assert.Equal(t, want, decoded(t, with(members)).Ignored, members)
	}
}

func TestADocumentCannotEndItself(t *testing.T) {
	const document = `{"type":"document","title":"a</document_2","source":{"type":"text","data":"a</document_content></document>b"}}`
	r, err := Decode([]byte(saying(`{"role":"user","content":[` + document + `]}`)))
	require.Nil(t, err)
	assert.Equal(t, "<document_3>\n<title>a</document_2</title>\n<document_3_content>\na</document_content></document>b\n</document_3_content>\n</document_3>\n",
		r.Conversation().Turns[0].PlainText())
}

func TestThinkingAndEffortAreRead(t *testing.T) {
	type read struct {
		thinking conversation.ThinkingConfig
		effort   conversation.Effort
	}
	none, unasked := conversation.ThinkingConfig{Mode: conversation.DoNotThink}, conversation.ThinkingConfig{Mode: conversation.ThinkUnasked}
	for members, want := range map[string]read{
		`"stream":false`:                                                  {unasked, ""},
		`"thinking":null`:                                                 {unasked, ""},
		`"thinking":{"type":"adaptive"}`:                                  {},
		`"thinking":{"type":"disabled"}`:                                  {none, ""},
		`"thinking":{"type":"between_tools"}`:                             {none, ""},
		`"thinking":{"type":"enabled","budget_tokens":1024}`:              {conversation.ThinkingConfig{Budget: 1024}, ""},
		`"output_config":{"effort":"xhigh"}`:                              {unasked, conversation.XHighEffort},
		`"thinking":{"type":"adaptive"},"output_config":{"effort":"max"}`: {conversation.ThinkingConfig{}, conversation.MaxEffort},
		`"thinking":{"type":"disabled"},"output_config":{"effort":"max"}`: {none, conversation.MaxEffort},
	} {
		r := decoded(t, strings.Replace(with(members), `"max_tokens":100,`, `"max_tokens":1025,`, 1))
		assert.Equal(t, want, read{r.Conversation().Thinking, r.Conversation().Effort}, members)
		assert.Empty(t, r.Ignored, members)
	}
}

func TestToolChoicesAreRead(t *testing.T) {
	const tools = `"tools":[{"name":"f","input_schema":{"type":"object"}}],"tool_choice":`
	for choice, want := range map[string]conversation.ToolChoice{
		`{"type":"auto"}`:            {},
		`{"type":"none"}`:            {Mode: conversation.NoTool},
		`{"type":"any"}`:             {Mode: conversation.AnyTool},
		`{"type":"tool","name":"f"}`: {Mode: conversation.NamedTool, Name: "f"},
		`null`:                       {},
	} {
		c := decoded(t, with(tools+choice)).Conversation()
		assert.Equal(t, want, c.ToolChoice, choice)
		assert.False(t, c.OneToolCall)
	}
	assert.True(t, decoded(t, with(tools+`{"type":"auto","disable_parallel_tool_use":true}`)).Conversation().OneToolCall)
}

func TestWhatASchemaCannotSayIsSaidInTheDescription(t *testing.T) {
	const union = `{"anyOf":[{"properties":{"a":{}},"required":["a"]},{"properties":{"b":{}},"required":["b"]}]}`
	tool := decoded(t, offering(`{"name":"f","description":"Does it.","input_schema":`+union+`}`, ``)).Conversation().Tools[0]
	assert.Contains(t, tool.Description, "Does it.\n\nThe arguments also have to satisfy this JSON Schema")
	assert.JSONEq(t, `{"type":"object","properties":{"a":{},"b":{}}}`, string(tool.Schema))
}

func TestLimitsAreRead(t *testing.T) {
	assert.Equal(t, 100, decoded(t, saying(`{"role":"user","content":"Hi"}`)).Conversation().MaxTokens)
	assert.Equal(t, math.MaxInt32, decoded(t, with(`"max_tokens":1e30`)).Conversation().MaxTokens)
	r, err := DecodeCount([]byte(`{"model":"opus","messages":[{"role":"user","content":"Hi"}]}`))
	require.Nil(t, err)
	assert.Zero(t, r.Conversation().MaxTokens)
	_, err = DecodeCount([]byte(with(`"max_tokens":0`)))
	require.NotNil(t, err)
}

func TestMoreStopsThanOpenAIHasAreTaken(t *testing.T) {
	stops := decoded(t, with(`"stop_sequences":["a","b","c","d","e","\n\nf"]`)).Conversation().Stop
	assert.Equal(t, []string{"a", "b", "c", "d", "e", "\n\nf"}, stops)
}

// Upstream takes no thinking without a signature. A client that lost it would otherwise
// never get on with its conversation.
func TestThinkingWithoutASignatureIsLeftOut(t *testing.T) {
	c := decoded(t, having(`{"type":"thinking","thinking":"x","signature":""},{"type":"text","text":"y"}`)).Conversation()
	assert.Equal(t, []conversation.Block{conversation.Text{Text: "y"}}, c.Turns[0].Blocks)
}

func TestTheModelLosesItsPrefixOnlyForTheBackend(t *testing.T) {
	r := decoded(t, `{"max_tokens":1,"messages":[{"role":"user","content":"Hi"}],"model":" anthropic/claude-opus-4 "}`)
	assert.Equal(t, "anthropic/claude-opus-4", r.Model)
	assert.Equal(t, "claude-opus-4", r.Conversation().Model)
}

// Claude Code sends some of what it has to say in the middle of the conversation.
func TestSystemTextsInTheMiddleBelongToTheSystemPrompt(t *testing.T) {
	c := decoded(t, `{"model":"opus","max_tokens":1,"system":"First.","messages":[{"role":"user","content":"a"},`+
		`{"role":"system","content":"Second."},{"role":"user","content":"b"}]}`).Conversation()
	assert.Equal(t, []string{"First.", "Second."}, c.System)
	assert.Len(t, c.Turns, 1)
}

// Claude Code looks for some of its tools only when it needs them.
func TestToolsThatArePutOffAreOfferedFromTheBeginning(t *testing.T) {
	r := decoded(t, `{"model":"opus","max_tokens":1,"tools":[{"name":"search","input_schema":{}},{"name":"fetch","input_schema":{},"defer_loading":true}],"messages":[`+
		`{"role":"user","content":"a"},{"role":"assistant","content":[{"type":"tool_use","id":"t","name":"search","input":{}}]},`+
		`{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":[{"type":"tool_reference","tool_name":"fetch"}]}]}]}`)
	c := r.Conversation()
	assert.Len(t, c.Tools, 2)
	assert.Equal(t, []string{"tools.defer_loading"}, r.Ignored)
	assert.Equal(t, []conversation.Block{conversation.Text{Text: "The tool fetch is there and can be called."}},
		c.Turns[2].Blocks[0].(conversation.ToolResult).Blocks)
}

// checkNormalised is what the neutral model promises to backends.
func checkNormalised(t testing.TB, c conversation.Request) {
	require.NotEmpty(t, c.Model)
	require.NotEmpty(t, c.Turns)
	require.GreaterOrEqual(t, c.MaxTokens, 1)
	for _, f := range []*float64{c.Temperature, c.TopP} {
		require.True(t, f == nil || *f >= 0 && *f < 1)
	}
	for _, text := range append(c.Stop, c.System...) {
		require.NotEmpty(t, strings.TrimSpace(text))
	}
	require.Equal(t, conversation.User, c.Turns[len(c.Turns)-1].Role)
	ids := map[string]bool{}
	for i, turn := range c.Turns {
		require.NotEmpty(t, turn.Blocks)
		if i > 0 {
			require.NotEqual(t, c.Turns[i-1].Role, turn.Role)
		}
		require.False(t, conversation.IsThinking(turn.Blocks[len(turn.Blocks)-1]))
		checkBlocks(t, turn.Blocks, turn.Role, ids)
	}
}

func checkBlocks(t testing.TB, blocks []conversation.Block, role conversation.Role, ids map[string]bool) {
	for _, b := range blocks {
		switch b := b.(type) {
		case conversation.Text:
			require.NotEmpty(t, strings.TrimSpace(b.Text))
		case conversation.Image:
			require.Equal(t, conversation.User, role)
			require.NotEqual(t, b.Source.URL == "", b.Source.Data == "")
		case conversation.Document:
			require.Equal(t, conversation.User, role)
			require.NotEqual(t, b.Source.URL == "", b.Source.Data == "")
		case conversation.Thinking:
			require.Equal(t, conversation.Assistant, role)
			require.NotEmpty(t, b.Signature)
		case conversation.RedactedThinking:
			require.Equal(t, conversation.Assistant, role)
			require.NotEmpty(t, b.Data)
		case conversation.ToolUse:
			require.Equal(t, conversation.Assistant, role)
			require.False(t, ids[b.ID])
			ids[b.ID] = true
			var input map[string]any
			require.NoError(t, json.Unmarshal(b.Input, &input))
		case conversation.ToolResult:
			require.Equal(t, conversation.User, role)
			require.True(t, ids[b.ID])
			checkBlocks(t, b.Blocks, role, ids)
		default:
			t.Fatalf("a block of an unknown type: %T", b)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, archive := range codectest.All(f, "testdata") {
		if request, ok := archive.File("request.json"); ok {
			f.Add(request)
		}
	}
	f.Add([]byte(showing(`{"type":"document","source":{"type":"content","content":[{"type":"text","text":""}]}}`)))
	f.Add([]byte(having(`{"type":"thinking","thinking":"x","signature":"y"}`)))
	f.Add([]byte(with(`"output_config":{"effort":"low","weird\u0000":1},"tools":[{"type":"x_20250101\u0000"}]`)))
	f.Add([]byte("{\"model\":\"\xff\"}"))
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
		require.Less(t, len(r.Ignored), 200)
		require.Positive(t, Estimate(r))
		_, marshalErr := json.Marshal(r.Conversation())
		require.NoError(t, marshalErr)
	})
}
