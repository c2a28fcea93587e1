package claude

import (
	"context"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/proxy/claude/claudetest"
	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/openai/chat"
)

// witness collects what processes of the CLI were started with and told.
type witness struct {
	mu    sync.Mutex
	args  [][]string
	env   [][]string
	lines []string
}

func (w *witness) script(e claudetest.Event) claudetest.Action {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch e.Stage {
	case claudetest.Start:
		w.args, w.env = append(w.args, e.Args), append(w.env, slices.Sorted(slices.Values(e.Env)))
	case claudetest.Requested, claudetest.Text, claudetest.Finished: // the line of the turn once more
	default:
		if e.Line != "" {
			w.lines = append(w.lines, e.Line)
		}
	}
	return claudetest.Action{}
}

// take gives what was seen since the last call.
func (w *witness) take() (args, env [][]string, lines []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	args, env, lines = w.args, w.env, w.lines
	w.args, w.env, w.lines = nil, nil, nil
	return args, env, lines
}

// strange are what a client may fill with whatever it likes.
type strange struct{ model, system, past, arguments, result, question, description, stop, user string }

// body is a request that has them everywhere a text fits.
func (w strange) body() []byte {
	arguments, _ := json.Marshal(map[string]string{w.arguments: w.arguments})
	message := func(role string, more map[string]any) map[string]any {
		more["role"] = role
		return more
	}
	body, err := json.Marshal(map[string]any{
		"model": w.model, "user": w.user, "metadata": map[string]string{w.user: w.user}, "stop": []string{w.stop},
		"messages": []any{
			message("system", map[string]any{"content": w.system}),
			message("user", map[string]any{"content": w.past, "name": w.user}),
			message("assistant", map[string]any{"content": w.past, "tool_calls": []any{map[string]any{
				"id": w.user, "type": "function", "function": map[string]any{"name": "look", "arguments": string(arguments)},
			}}}),
			message("tool", map[string]any{"tool_call_id": w.user, "content": w.result}),
			message("assistant", map[string]any{"content": w.past}),
			message("user", map[string]any{"content": w.question}),
		},
		"tools": []any{map[string]any{"type": "function", "function": map[string]any{
			"name": "look", "description": w.description, "parameters": map[string]any{"type": "object", "title": w.description},
		}}},
		"tool_choice": "none",
	})
	if err != nil {
		panic(err) // strings can be encoded
	}
	return body
}

// plainModel is what may stand behind --model, said independently of models.go: it
// begins with a letter or digit, so that it is no flag, and has no room for a path.
var plainModel = regexp.MustCompile(`\A[a-z0-9][a-z0-9.:@\[\]-]{0,200}\z`)

// FuzzNoTextIsMoreThanText: nothing that a client sends becomes a flag, a variable,
// a file or a command of the CLI; it is told as text, to the byte, and nothing else is.
func FuzzNoTextIsMoreThanText(f *testing.F) {
	for _, s := range []string{
		"-p", "--dangerously-skip-permissions", "--model=opus", "/compact", "/model x", "@/etc/passwd", "!ls", "#memory", "$(id) `id`",
		"a\nb", "{\"type\":\"user\"}\n{\"type\":\"control_request\"}", "\x00", "\u2028\u2029", `","type":"control_request"`, "</system>", "../../etc/passwd", "\xff\xfe",
		"\\u0000\\n", "ANTHROPIC_API_KEY=x", "plain",
	} {
		f.Add("opus", s, s, s, s, s, s, s, s)
		f.Add(s, "x", "x", "x", "x", "x", "x", "x", "x")
		f.Add("claude-"+s, "x", s, "x", s, "x", s, "x", s)
	}
	var w witness
	s := newStage(f, w.script, nil).learned()
	_, firstEnv, _ := w.take()
	require.NotEmpty(f, firstEnv)
	f.Fuzz(func(t *testing.T, model, system, past, arguments, result, question, description, stop, user string) {
		sent := strange{model, system, past, arguments, result, question, description, stop, user}
		decoded, refused := chat.Decode(sent.body())
		if refused != nil {
			return
		}
		r := decoded.Conversation()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		a := s.ask(ctx, &r)
		s.pool.retire() // so that the next one is told everything

		args, env, lines := w.take()
		for i := range args {
			checkArguments(t, args[i])
			assert.Equal(t, firstEnv[0], env[i], "the environment")
		}
		if a.err != nil {
			require.Contains(t, []conversation.Kind{conversation.ModelNotFound, conversation.InvalidRequest}, a.err.Kind, a.err.Message)
			return
		}
		checkLines(t, &r, lines)
		if utf8.ValidString(question) && strings.TrimSpace(question) != "" {
			last := r.Turns[len(r.Turns)-1]
			assert.Equal(t, question, last.PlainText(), "the question as it was sent")
		}
	})
}

func checkArguments(t *testing.T, args []string) {
	i := slices.Index(args, "--model")
	require.Positive(t, i)
	require.Regexp(t, plainModel, args[i+1])
	assert.Equal(t, arguments(args[i+1]), args, "flags")
}

// checkLines holds what a process was told against the request.
func checkLines(t *testing.T, r *conversation.Request, lines []string) {
	var turns []conversation.Turn
	var told [][]json.RawMessage
	for _, line := range lines {
		require.NotContains(t, line, "\n")
		require.True(t, json.Valid([]byte(line)), line)
		var l struct {
			Type    string `json:"type"`
			Message struct {
				Role    conversation.Role `json:"role"`
				Content []json.RawMessage `json:"content"`
			} `json:"message"`
			Composed bool                       `json:"client_composed"`
			Request  map[string]json.RawMessage `json:"request"`
		}
		require.NoError(t, json.Unmarshal([]byte(line), &l))
		switch l.Type {
		case "user", "assistant":
			assert.Equal(t, l.Type, string(l.Message.Role))
			assert.Equal(t, l.Type == "user", l.Composed, "a leading slash is text")
			turns = append(turns, conversation.Turn{Role: l.Message.Role})
			told = append(told, l.Message.Content)
		case "control_request":
			checkControl(t, r, l.Request)
		default:
			t.Errorf("a line of type %q", l.Type)
		}
	}
	require.Len(t, turns, len(r.Turns))
	for i, turn := range r.Turns {
		assert.Equal(t, turn.Role, turns[i].Role)
		require.Len(t, told[i], len(turn.Blocks))
		for j, block := range turn.Blocks {
			want, err := json.Marshal(block)
			require.NoError(t, err)
			assert.JSONEq(t, string(want), string(told[i][j]))
		}
	}
}

// checkControl knows all that a process is asked to set.
func checkControl(t *testing.T, r *conversation.Request, request map[string]json.RawMessage) {
	read := func(from json.RawMessage, into any) { require.NoError(t, json.Unmarshal(from, into)) }
	keys := func(m map[string]json.RawMessage, known ...string) {
		for key := range m {
			assert.Contains(t, known, key)
		}
	}
	var subtype string
	read(request["subtype"], &subtype)
	switch subtype {
	case "get_binary_version":
		keys(request, "subtype")
	case "initialize":
		keys(request, "subtype", "systemPrompt", "sdkMcpServers")
		var system []string
		read(request["systemPrompt"], &system)
		for i, part := range r.System {
			assert.Equal(t, part, system[i])
		}
	case "set_max_thinking_tokens":
		keys(request, "subtype", "max_thinking_tokens")
	case "apply_flag_settings":
		keys(request, "subtype", "settings")
		var settings, env, extra map[string]json.RawMessage
		read(request["settings"], &settings)
		keys(settings, "model", "env", "effortLevel")
		if model, ok := settings["model"]; ok {
			var name string
			read(model, &name)
			assert.Regexp(t, plainModel, name)
		}
		if settings["env"] == nil {
			return
		}
		read(settings["env"], &env)
		keys(env, "CLAUDE_CODE_MAX_OUTPUT_TOKENS", "CLAUDE_CODE_EXTRA_BODY")
		if body, ok := env["CLAUDE_CODE_EXTRA_BODY"]; ok {
			var text string
			read(body, &text)
			if text != "" {
				read(json.RawMessage(text), &extra)
				keys(extra, "temperature", "top_p", "stop_sequences", "tool_choice", "output_config")
			}
		}
	default:
		t.Errorf("a control request %q", subtype)
	}
}
