package responses

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/proxy/codectest"
	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/openai/openaitest"
	"claude-max-api-proxy/proxy/wire"
)

func TestMistakesAreNamedByTheirPath(t *testing.T) {
	s := remembering(t)
	input := func(items string) string { return `{"model":"opus","input":[` + items + `]}` }
	with := func(members string) string { return `{"model":"opus","input":"Hi",` + members + `}` }
	const user = `{"role":"user","content":"Hi"}`
	const call, output = `{"type":"function_call","call_id":"c","name":"now","arguments":"{}"}`, `{"type":"function_call_output","call_id":"c","output":"x"}`
	const now = `"tools":[{"type":"function","name":"now"}]`
	for body, want := range map[string]struct{ param, says string }{
		`{"input":"Hi"}`:   {"model", "missing"},
		`{"model":"opus"}`: {"input", "missing"},
		`{"model":"opus","messages":[` + user + `]}`: {"input", "/v1/chat/completions"},
		`{"model":"opus","input":7}`:                 {"input", "a text or an array of items"},
		`{"model":"opus","input":""}`:                {"input", "nothing from the user"},
		input(``):                                    {"input", "nothing from the user"},
		input(`7`):                                   {"input[0]", "an object"},
		input(`{}`):                                  {"input[0].type", "missing"},
		input(`{"type":"additional_tools"}`):         {"input[0].tools", "missing"},
		input(`{"type":"additional_tools","tools":[{"type":"function","name":"a"},{"type":"function","name":"a"}]}`): {"input[0].tools[1]", `"a"`},
		input(`{"type":"riddle"}`):                                                                            {"input[0]", `"riddle"`},
		input(user + `,{"type":"computer_call"}`):                                                             {"input[1]", "Begin a new conversation"},
		input(`{"type":"compaction","encrypted_content":"gAAAA"},` + user):                                    {"input[0]", "or a summary of it"},
		input(user + `,{"type":"compaction_trigger"}`):                                                        {"input[1]", "compaction_trigger, but conversations are compacted at OpenAI"},
		input(`{"type":"shell_call_output"}`):                                                                 {"input[0]", "shell_call_output, of a tool"},
		input(`{"role":"narrator","content":"x"}`):                                                            {"input[0].role", "narrator"},
		input(`{"role":"user"}`):                                                                              {"input[0].content", "missing"},
		input(`{"role":"user","content":[{"type":"input_audio"}]}`):                                           {"input[0].content[0]", "neither audio"},
		input(`{"role":"user","content":[{"type":"riddle"}]}`):                                                {"input[0].content[0].type", "input_text"},
		input(`{"role":"user","content":[{"type":"input_image","file_id":"file-1"}]}`):                        {"input[0].content[0].file_id", "image_url"},
		input(`{"role":"user","content":[{"type":"input_file","file_id":"file-1"}]}`):                         {"input[0].content[0].file_id", "file_data"},
		input(`{"role":"user","content":[{"type":"input_file","file_url":"http://a/b"}]}`):                    {"input[0].content[0].file_url", "https"},
		input(`{"role":"user","content":[{"type":"input_image","image_url":"ftp://x"}]}`):                     {"input[0].content[0].image_url", "https"},
		input(`{"role":"assistant","content":"Hello"}`):                                                       {"input", "nothing that it could answer"},
		input(user + `,{"type":"function_call","call_id":"c","name":"now","arguments":"{}"}`):                 {"input", "outputs of the calls"},
		input(user + `,{"type":"function_call_output","call_id":"c","output":"x"}`):                           {"input", `"c", but not that call`},
		input(user + `,` + output + `,` + call + `,` + user):                                                  {"input", "before the call"},
		input(user + `,` + call + `,` + output + `,` + output):                                                {"input", "behind another output"},
		input(user + `,` + call + `,` + user + `,{"role":"assistant","content":"x"},` + output):               {"input", "behind something else"},
		input(user + `,{"type":"function_call","name":"now","arguments":"{}"}`):                               {"input[1].call_id", "missing"},
		input(user + `,{"type":"function_call","call_id":"c","arguments":"{}"}`):                              {"input[1].name", "missing"},
		input(user + `,{"type":"function_call","call_id":"c","name":"f","namespace":"a b","arguments":"{}"}`): {"input[1].namespace", "letters"},
		input(user + `,{"type":"custom_tool_call","call_id":"c","name":"n"}`):                                 {"input[1].input", "missing"},
		input(user + `,{"type":"function_call_output","output":"x"}`):                                         {"input[1].call_id", "call_id of the call"},
		input(user + `,{"type":"item_reference","id":"msg_nobody"}`):                                          {"input[1].id", "not remembered"},
		with(`"previous_response_id":"resp_nobody"`):                                                          {"previous_response_id", "not remembered"},
		with(`"instructions":7`):                                                                              {"instructions", "a string"},
		with(`"background":true`):                                                                             {"background", "background"},
		with(`"conversation":"conv_1"`):                                                                       {"conversation", "stored at OpenAI"},
		with(`"prompt":{"id":"p"}`):                                                                           {"prompt", "stored at OpenAI"},
		with(`"stream":"yes"`):                                                                                {"stream", "true or false"},
		with(`"store":1`):                                                                                     {"store", "true or false"},
		with(`"truncation":"often"`):                                                                          {"truncation", `auto or disabled, got "often".`},
		with(`"max_output_tokens":0`):                                                                         {"max_output_tokens", "at least 1"},
		with(`"temperature":3`):                                                                               {"temperature", "0 to 2"},
		with(`"top_p":2`):                                                                                     {"top_p", "0 to 1"},
		with(`"top_logprobs":"x"`):                                                                            {"top_logprobs", "a number"},
		with(`"reasoning":"high"`):                                                                            {"reasoning", "an object"},
		with(`"reasoning":{"effort":"huge"}`):                                                                 {"reasoning.effort", "huge"},
		with(`"text":"x"`):                                                                                    {"text", "an object"},
		with(`"text":{"format":{"type":"xml"}}`):                                                              {"text.format.type", "xml"},
		with(`"text":{"format":{"type":"json_schema","name":"a"}}`):                                           {"text.format.schema", "missing"},
		with(`"text":{"verbosity":7}`):                                                                        {"text.verbosity", "a string"},
		with(`"tools":{}`):                                                                                    {"tools", "an array"},
		with(`"tools":[{"name":"now"}]`):                                                                      {"tools[0].type", "missing"},
		with(`"tools":[{"type":"function","name":"__proto__"}]`):                                              {"tools[0].name", "name the tool otherwise"},
		with(`"tools":[{"type":"function"}]`):                                                                 {"tools[0].name", "missing"},
		with(`"tools":[{"type":"function","name":"a"},{"type":"custom","name":"a"}]`):                         {"tools[1]", `"a"`},
		with(`"tools":[{"type":"function","name":"a","parameters":{"type":"array"}}]`):                        {"tools[0].parameters.type", "object"},
		with(`"tools":[{"type":"namespace","name":"n"}]`):                                                     {"tools[0].tools", "an array"},
		with(`"tool_choice":"required"`):                                                                      {"tool_choice", "no tools"},
		with(`"tool_choice":"sometimes",` + now):                                                              {"tool_choice", "none, auto"},
		with(`"tool_choice":{"type":"web_search"},` + now):                                                    {"tool_choice.type", "a tool of OpenAI's own"},
		with(`"tools":[{"type":""}]`):                                                                         {"tools[0].type", "function, custom"},
		with(`"tools":[{"type":"custom","name":"a","format":{"type":"riddle"}}]`):                             {"tools[0].format.type", "text or grammar"},
		with(`"tool_choice":{"type":"function","name":"later"},` + now):                                       {"tool_choice.name", "later"},
		with(`"tool_choice":{"type":"allowed_tools","mode":"auto","tools":[]},` + now):                        {"tool_choice.tools", "nothing"},
		with(`"tool_choice":{"type":"allowed_tools","tools":[{"type":"mcp"}]},` + now):                        {"tool_choice.mode", "missing"},
		with(`"tool_choice":{"type":"allowed_tools","mode":"auto","tools":[{"type":"mcp"}]}`):                 {"tool_choice.tools", "nothing"},
		with(`"parallel_tool_calls":"no"`):                                                                    {"parallel_tool_calls", "true or false"},
	} {
		_, err := s.Decode([]byte(body))
		if assert.NotNil(t, err, body) {
			assert.Equal(t, want.param, err.Param, "%s: %s", body, err)
			assert.Contains(t, err.Error(), want.says, body)
		}
	}
}

func TestWhatHasNoEffectIsNamed(t *testing.T) {
	for members, want := range map[string][]string{
		`"truncation":"auto"`: {"truncation"},
		`"top_logprobs":3`:    {"top_logprobs"},
		`"top_logprobs":0`:    nil,
		`"tools":[{"type":"web_search"},{"type":"mcp","server_label":"x"}]`:                        {"tools.mcp", "tools.web_search"},
		`"text":{"verbosity":"high"}`:                                                              {"text.verbosity"},
		`"text":{"verbosity":"medium"},"max_tool_calls":3,"metadata":{"a":"b"},"background":false`: nil,
		`"stop":["x"],"include":[],"user":"me","prompt_cache_key":"k","client_metadata":{}`:        {"stop"},
	} {
		r, err := newStore().Decode([]byte(`{"model":"opus","input":"Hi",` + members + `}`))
		require.Nil(t, err, members)
		assert.Equal(t, want, r.Ignored, members)
	}
}

// The types are those of InputItem in OpenAI's document 2.3.0.
func TestEveryTypeOfItemIsReadOrRefusedByName(t *testing.T) {
	for _, kind := range strings.Fields(`message item_reference reasoning function_call function_call_output custom_tool_call custom_tool_call_output
		additional_tools tool_search_call tool_search_output file_search_call web_search_call image_generation_call code_interpreter_call
		computer_call computer_call_output local_shell_call local_shell_call_output shell_call shell_call_output apply_patch_call apply_patch_call_output
		mcp_list_tools mcp_approval_request mcp_approval_response mcp_call compaction compaction_trigger program program_output`) {
		_, err := newStore().Decode([]byte(`{"model":"opus","input":[{"role":"user","content":"Hi"},{"type":"` + kind + `"}]}`))
		if err != nil {
			assert.NotContains(t, err.Message, "not known here", kind)
		}
	}
}

func TestAFileKeepsItsName(t *testing.T) {
	for _, where := range []string{`"file_url":"https://a.de/x"`, `"file_data":"data:application/pdf;base64,JVBERi0xLjQK"`} {
		r, err := newStore().Decode([]byte(`{"model":"opus","input":[{"role":"user","content":[{"type":"input_file","filename":"Lease.pdf",` + where + `}]}]}`))
		if assert.Nil(t, err, where) {
			assert.Equal(t, "Lease.pdf", r.Conversation().Turns[0].Blocks[0].(conversation.Document).Title, where)
		}
	}
}

func TestToolsOfAnItemAreOfferedWithTheOthers(t *testing.T) {
	s := newStore()
	const more = `{"id":"at_1","type":"additional_tools","role":"developer","tools":[{"type":"web_search"},{"type":"function","name":"a","description":"later"},
		{"type":"custom","name":"b"},{"type":"namespace","name":"n","description":"","tools":[{"type":"function","name":"c"}]}]}`
	const user = `{"role":"user","content":"Hi"}`
	id := answer(t, s, `{"model":"opus","input":[`+more+`,`+user+`]}`, "1")
	for name, body := range map[string]string{
		"sent":       `"input":[` + more + `,` + user + `]`,
		"sent twice": `"input":[` + more + `,` + more + `,` + user + `]`,
		"remembered": `"previous_response_id":"` + id + `","input":"Hi"`,
		"referred":   `"input":[{"type":"item_reference","id":"at_1"},` + user + `]`,
	} {
		t.Run(name, func(t *testing.T) {
			r, err := s.Decode([]byte(`{"model":"opus",` + body + `,"tools":[{"type":"function","name":"a","description":"first"}],"tool_choice":{"type":"custom","name":"b"}}`))
			require.Nil(t, err, "%v", err)
			var names []string
			for _, tool := range r.Conversation().Tools {
				names = append(names, tool.Name)
			}
			assert.Equal(t, []string{"a", "b", "n__c"}, names)
			assert.Equal(t, "first", r.Conversation().Tools[0].Description)
			assert.Equal(t, clientTool{namespace: "n", name: "c"}, r.tools["n__c"])
			assert.Len(t, r.said.tools, 1, "the others are no parameter")
		})
	}
}

func TestWhatIsSaidBackFitsOpenAIsSchema(t *testing.T) {
	for _, members := range []string{
		`"metadata":{"a":5}`, `"metadata":[]`, `"text":{"verbosity":"bogus"}`, `"reasoning":{"summary":"bogus"}`, `"tools":[{"type":"namespace","name":"n","tools":[]}]`,
		`"metadata":{"a":"b"},"text":{"verbosity":"low"},"reasoning":{"summary":"auto","effort":"low"},"tools":[{"type":"custom","name":"a","format":{"type":"text"}}]`,
	} {
		r, err := newStore().Decode([]byte(`{"model":"opus","input":"Hi",` + members + `}`))
		require.Nil(t, err, members)
		e := NewEncoder(r)
		e.Event(conversation.Done{})
		assert.NoError(t, openaitest.Check("Response", wire.Marshal(e.response)), members)
	}
}

func TestAnAnswerThatBrokeOffIsContinued(t *testing.T) {
	r, err := newStore().Decode([]byte(`{"model":"opus","input":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Let me"}]}`))
	require.Nil(t, err)
	turns := r.Conversation().Turns
	require.Len(t, turns, 3)
	assert.Equal(t, conversation.User, turns[2].Role)
	assert.Equal(t, goOn, turns[2].PlainText())
}

func TestToolsAreChosen(t *testing.T) {
	const tools = `"tools":[{"type":"function","name":"a"},{"type":"custom","name":"b"},{"type":"namespace","name":"n","description":"","tools":[{"type":"function","name":"c"}]}]`
	for choice, want := range map[string]struct {
		mode  conversation.ToolMode
		name  string
		tools int
	}{
		`"auto"`:                         {conversation.AutoTool, "", 3},
		`"none"`:                         {conversation.NoTool, "", 3},
		`"required"`:                     {conversation.AnyTool, "", 3},
		`{"type":"function","name":"a"}`: {conversation.NamedTool, "a", 3},
		`{"type":"function","name":"c","namespace":"n"}`: {conversation.NamedTool, "n__c", 3},
		`{"type":"custom","name":"b"}`:                   {conversation.NamedTool, "b", 3},
		`{"type":"allowed_tools","mode":"required","tools":[{"type":"web_search"},{"type":"function","name":"a"}]}`: {conversation.AnyTool, "", 1},
	} {
		r, err := newStore().Decode([]byte(`{"model":"opus","input":"Hi",` + tools + `,"parallel_tool_calls":false,"tool_choice":` + choice + `}`))
		require.Nil(t, err, choice)
		c := r.Conversation()
		assert.Equal(t, conversation.ToolChoice{Mode: want.mode, Name: want.name}, c.ToolChoice, choice)
		assert.Len(t, c.Tools, want.tools, choice)
		assert.True(t, c.OneToolCall)
	}
}

func FuzzDecode(f *testing.F) {
	for _, s := range codectest.All(f, "testdata") {
		if request, ok := s.File("request.json"); ok {
			f.Add(request)
		}
	}
	f.Add([]byte(`{"model":"opus","input":[{"type":"function_call","call_id":"c","name":"f","arguments":"{"},{"type":"function_call_output","call_id":"c","output":[]}]}`))
	f.Add([]byte(`{"model":"opus","input":"x","tools":[{"type":"namespace","name":"n","tools":[{"type":"namespace"}]}],"tool_choice":"required"}`))
	s := remembering(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		r, err := s.Decode(body)
		if err != nil {
			require.Contains(t, []conversation.Kind{conversation.InvalidRequest, conversation.PreviousNotFound}, err.Kind)
			require.NotEmpty(t, err.Message)
			require.Less(t, len(err.Error()), 4096)
			return
		}
		c := r.Conversation()
		require.NotEmpty(t, c.Model)
		require.NotEmpty(t, c.Turns)
		for i, turn := range c.Turns {
			require.NotEmpty(t, turn.Blocks)
			require.False(t, conversation.IsThinking(turn.Blocks[len(turn.Blocks)-1]))
			if i > 0 {
				require.NotEqual(t, c.Turns[i-1].Role, turn.Role)
			}
		}
		require.Equal(t, conversation.User, c.Turns[len(c.Turns)-1].Role)
		for _, text := range c.System {
			require.NotEmpty(t, strings.TrimSpace(text))
		}
		e := goldenEncoder(r)
		for _, event := range []conversation.Event{conversation.TextDelta{Text: "Hi"}, conversation.Done{}} {
			require.NotEmpty(t, e.Event(event))
		}
		_, _ = s.InputItems(e.ID(), "", 20, true)
	})
}

func ExampleStore_Decode() {
	_, err := NewStore(64 << 20).Decode([]byte(`{"model":"claude-opus-4","input":[{"role":"user","content":[{"type":"text"}]}]}`))
	fmt.Println(err)
	// Output: input[0].content[0].text is missing; it must be a string.
}
