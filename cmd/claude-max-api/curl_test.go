package main

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/proxy/claude/claudetest"
	"claude-max-api-proxy/proxy/offline"
	"claude-max-api-proxy/proxy/openai/openaitest"
)

const completions = "/v1/chat/completions"

// wrong is a request that fails, and what the person who typed it is told.
type wrong struct {
	name       string
	path, body string
	args       []string

	status  int
	code    string // "" is null
	message string // a part of it
}

func (w wrong) check(t *testing.T, r response) {
	t.Helper()
	openaitest.Validate(t, "ErrorResponse", r.body)
	var body struct{ Error failure }
	require.NoError(t, json.Unmarshal(r.body, &body))
	code := ""
	if body.Error.Code != nil {
		code = *body.Error.Code
	}
	assert.Equal(t, w.status, r.status)
	assert.Equal(t, w.code, code)
	assert.Contains(t, body.Error.Message, w.message)
	assert.Contains(t, r.header.Get("Content-Type"), "application/json")
	assert.NotEmpty(t, r.header.Get("X-Request-Id"))
}

func TestCurlIsToldWhatIsWrongWithARequest(t *testing.T) {
	a := startCold(t, launch{cli: claudetest.Either(t), args: []string{"--max-body", "1"}})
	user := `"messages":[{"role":"user","content":"hi"}]`
	for _, w := range []wrong{
		{name: "bad JSON", path: completions, body: `{"model":`, status: 400, message: "JSON"},
		{name: "not JSON", path: completions, body: `model=claude-opus-4`, status: 400, message: "JSON"},
		{name: "no model", path: completions, body: `{` + user + `}`, status: 400, message: "model"},
		{name: "no messages", path: completions, body: `{"model":"claude-opus-4"}`, status: 400, message: "messages"},
		{name: "empty messages", path: completions, body: `{"model":"claude-opus-4","messages":[]}`, status: 400, message: "send at least one user message"},
		{name: "n", path: completions, body: `{"model":"claude-opus-4","n":2,` + user + `}`, status: 400, message: "send several requests for several"},
		{name: "max_tokens of zero", path: completions, body: `{"model":"claude-opus-4","max_tokens":0,` + user + `}`, status: 400, message: "max_tokens"},
		{name: "max_tokens as text", path: completions, body: `{"model":"claude-opus-4","max_tokens":"12",` + user + `}`, status: 400, message: "max_tokens"},
		{name: "unknown model", path: completions, body: `{"model":"gpt-4o",` + user + `}`, status: 404, code: "model_not_found", message: "Use claude-opus-4, claude-sonnet-4 or claude-haiku-4"},
		{name: "unknown model in the list", path: "/v1/models/gpt-4o", status: 404, code: "model_not_found", message: "GET /v1/models"},
		{name: "too large", path: completions, body: chat(false, strings.Repeat("x", 2<<20)), status: 413, code: "request_too_large", message: "larger than 1 MiB. Send fewer or smaller images and files, or raise --max-body."},
		{name: "unknown route", path: "/v1/embeddings", body: `{}`, status: 404, code: "unknown_url", message: "make no embeddings"},
		{name: "start page", path: "/", status: 404, code: "unknown_url", message: "the base URL for OpenAI's clients ends in /v1"},
		{name: "wrong method", path: completions, status: 405, code: "method_not_allowed", message: "use POST"},
		{name: "web page", path: completions, body: chat(false, "hi"), args: []string{"-H", "Origin: https://evil.example"}, status: 403, code: "forbidden", message: "--allow-origin"},
		{name: "foreign host name", path: completions, body: chat(false, "hi"), args: []string{"-H", "Host: evil.example"}, status: 403, code: "forbidden", message: "--allow-host"},
	} {
		t.Run(w.name, func(t *testing.T) { w.check(t, a.in(t).curl(w.path, w.body, w.args...)) })
	}
	assert.Empty(t, a.model.Requests(), "nothing of this may go upstream")
}

// With the newest CLI, and in streams, the table of faults holds the same.
func TestCurlIsToldWhyAnthropicRefused(t *testing.T) {
	cli := claudetest.Real(t, claudetest.Versions[0])
	a := start(t, launch{cli: cli})
	for _, w := range []wrong{
		{name: "unauthorized", status: 401, code: "sign_in_needed", message: "claude auth login"},
		{name: "forbidden", status: 403, code: "permission_denied", message: "organization"},
		{name: "revoked", status: 401, code: "sign_in_needed", message: "claude auth login"},
		{name: "rate_limited", status: 429, code: "rate_limit_exceeded", message: "the plan itself is not used up"},
		{name: "usage_limit", status: 429, code: "usage_limit_reached", message: "The plan's usage limit (5 hours) is reached; it resets at "},
		{name: "billing", status: 402, code: "insufficient_quota", message: "billing"},
		{name: "extra_usage", status: 400, code: "extra_usage_required", message: "extra usage"},
		{name: "too_long", status: 400, code: "context_length_exceeded", message: "Shorten or compact the conversation"},
		{name: "too_large", status: 413, code: "request_too_large", message: "Send fewer or smaller images and files"},
		{name: "overloaded", status: 529, code: "overloaded", message: "no capacity"},
		{name: "server_error", status: 500, code: "upstream_error", message: "send the request again"},
		{name: "cut", status: 502, code: "upstream_error", message: "again"},
		{name: "cut_early", status: 502, code: "upstream_error", message: "again"},
		// Upstream has begun to answer, but of that the client has seen nothing.
		{name: "error_event_early", status: 502, code: "upstream_error", message: "again"},
		{name: "tool(nobody_offered_this)", status: 502, code: "upstream_error", message: "which the request did not offer"},
	} {
		t.Run(w.name, func(t *testing.T) {
			a := a.in(t)
			r := a.curl(completions, chat(false, "Please do offline:"+w.name))
			w.check(t, r)
			retry, err := strconv.Atoi(r.header.Get("Retry-After"))
			if w.name == "usage_limit" {
				require.NoError(t, err, "Retry-After")
				assert.InDelta(t, 3600, retry, 30, "seconds until the reset")
			} else if err == nil {
				assert.InDelta(t, 7, retry, 60)
			}
		})
	}
	t.Run("a model that upstream does not have", func(t *testing.T) {
		a := a.in(t)
		body := `{"model":"claude-nope-1","messages":[{"role":"user","content":"hi"}]}`
		wrong{status: 404, code: "model_not_found", message: "GET /v1/models lists the names that work here"}.
			check(t, a.curl(completions, body))
	})
	t.Run("a stream that breaks off", func(t *testing.T) {
		a := a.in(t)
		r := a.curl(completions, chat(true, "Please do offline:cut"))
		assert.Equal(t, 200, r.status)
		s := readStream(t, r.body)
		assert.Contains(t, s.text(), "The line ")
		require.NotNil(t, s.failed(), "an error chunk is the last one")
		openaitest.Validate(t, "ErrorResponse", s.chunks[len(s.chunks)-1].raw)
		assert.Empty(t, s.finish(), "an unfinished answer must not look finished")
		assert.False(t, s.done, "[DONE] after an error")
	})
	// And after all that it still answers.
	r := a.curl(completions, chat(false, "offline:echo(fine)"))
	assert.Equal(t, 200, r.status)
}

func TestCurlIsToldHowToInstallTheCLI(t *testing.T) {
	claudetest.Either(t) // the e2e tests are wanted at all
	a := startCold(t, launch{cli: "/nowhere/claude"})
	w := wrong{status: 503, code: "cli_missing", message: "The Claude Code CLI at /nowhere/claude cannot be used: it does not exist. Correct the path"}
	w.check(t, a.curl(completions, chat(false, "hi")))
	w.check(t, a.curl(completions, chat(true, "hi")))

	// The names that every version has are listed all the same.
	r := a.curl("/v1/models", "")
	assert.Equal(t, 200, r.status)
	openaitest.Validate(t, "ListModelsResponse", r.body)
	h, err := a.health()
	require.NoError(t, err)
	assert.Equal(t, "attention", h.Status)
	assert.Contains(t, h.Problem, "/nowhere/claude")
}

func TestCurlStreamsAnAnswer(t *testing.T) {
	cli := claudetest.Either(t)
	a := start(t, launch{cli: cli})
	for _, prefix := range []string{"/v1", ""} {
		r := a.curl(prefix+"/chat/completions", chat(true, "offline:long(50)"))
		require.Equal(t, 200, r.status, "%s", r.body)
		assert.Equal(t, "text/event-stream", strings.SplitN(r.header.Get("Content-Type"), ";", 2)[0])
		s := readStream(t, r.body)
		require.True(t, s.done, "[DONE] is the last")
		require.Greater(t, len(s.chunks), 10)
		for _, c := range s.chunks {
			openaitest.Validate(t, "CreateChatCompletionStreamResponse", c.raw)
			assert.Equal(t, s.chunks[0].ID, c.ID)
		}
		first, last, final := s.chunks[0], s.chunks[len(s.chunks)-2], s.chunks[len(s.chunks)-1]
		assert.Equal(t, "assistant", first.Choices[0].Delta.Role)
		assert.Equal(t, "stop", last.Choices[0].FinishReason)
		assert.Empty(t, final.Choices)
		require.NotNil(t, final.Usage)
		assert.Positive(t, final.Usage.Prompt)
		assert.Equal(t, 50, final.Usage.Completion)
		assert.Equal(t, final.Usage.Prompt+final.Usage.Completion, final.Usage.Total)
		assert.True(t, strings.HasPrefix(s.text(), "word1 word2 "), s.text())
		assert.True(t, strings.HasSuffix(s.text(), "word50 "), s.text())
	}

	// Every code point arrives whole, wherever the pieces are cut.
	s := readStream(t, a.curl(completions, chat(true, "offline:utf8")).body)
	assert.Contains(t, s.text(), "Grüße 👩\u200d💻 👍🏽 日本語 e\u0301 한국어 𝄞 🇩🇪")
}

func TestCurlGetsTheTextWhileItIsBeingWritten(t *testing.T) {
	cli := claudetest.Either(t)
	gate := make(chan struct{})
	a := start(t, launch{cli: cli, respond: func(*offline.Request) offline.Reply {
		return offline.Script(offline.Text("one "), offline.Wait(gate), offline.Text("two"))
	}})
	stream := a.open(chat(true, "hi"))
	var read strings.Builder
	buffer := make([]byte, 4096)
	for !strings.Contains(read.String(), `"one `) { // ends with the context at worst
		n, err := stream.Read(buffer)
		require.NoError(t, err)
		read.Write(buffer[:n])
	}
	close(gate)
	rest, err := io.ReadAll(stream)
	require.NoError(t, err)
	read.Write(rest)
	s := readStream(t, []byte(read.String()))
	assert.Equal(t, "one two", s.text())
	assert.True(t, s.done)
}

func TestCurlGetsAWholeAnswer(t *testing.T) {
	cli := claudetest.Either(t)
	a := start(t, launch{cli: cli})
	for _, prefix := range []string{"/v1", ""} {
		r := a.curl(prefix+"/chat/completions", `{"model":"claude-opus-4","temperature":0.5,"messages":[
			{"role":"system","content":"You are terse."},{"role":"user","content":"offline:echo(pong)"}]}`)
		require.Equal(t, 200, r.status, "%s", r.body)
		openaitest.Validate(t, "CreateChatCompletionResponse", r.body)
		var body struct {
			Model   string
			Choices []struct {
				Message      struct{ Content string }
				FinishReason string `json:"finish_reason"`
			}
		}
		require.NoError(t, json.Unmarshal(r.body, &body))
		assert.Equal(t, "pong", body.Choices[0].Message.Content)
		assert.Equal(t, "stop", body.Choices[0].FinishReason)
		assert.Regexp(t, `^claude-opus-`, body.Model)
		assert.Equal(t, "temperature", r.header.Get("X-Ignored-Parameters"))
	}
	last := a.model.Requests()[len(a.model.Requests())-1]
	assert.Contains(t, last.SystemText(), "You are terse.")
	assert.Empty(t, last.ToolNames())
}

func TestCurlSeesModelsAndHealth(t *testing.T) {
	cli := claudetest.Either(t)
	a := start(t, launch{cli: cli})
	for _, prefix := range []string{"/v1", ""} {
		r := a.curl(prefix+"/models", "")
		require.Equal(t, 200, r.status)
		openaitest.Validate(t, "ListModelsResponse", r.body)
		for _, id := range []string{"claude-opus-4", "opus", "claude-sonnet-4", "claude-haiku-4"} {
			r := a.curl(prefix+"/models/"+id, "")
			assert.Equal(t, 200, r.status)
			openaitest.Validate(t, "Model", r.body)
			assert.Contains(t, string(r.body), `"id":"`+id+`"`)
		}
	}
	r := a.curl("/health", "")
	assert.Equal(t, 200, r.status)
	h, err := a.health()
	require.NoError(t, err)
	assert.Equal(t, "ok", h.Status)
	assert.Equal(t, cli, *h.CLI.Path)
	assert.EqualValues(t, "signed_in", h.SignIn.State)
	assert.Zero(t, h.Requests.Total)
	assert.Equal(t, http.StatusOK, a.curl("/health", "", "-I").status)
	assert.Empty(t, a.model.Requests(), "nothing of this may go upstream")
}

func TestAHugeTextGoesThrough(t *testing.T) {
	cli := claudetest.Either(t)
	a := start(t, launch{cli: cli, respond: func(r *offline.Request) offline.Reply {
		text := r.LastUser().Text()
		return offline.Text("I counted ", strconv.Itoa(strings.Count(text, "lorem ")), " words.")
	}})
	const size = 8 << 20
	r := a.curl(completions, chat(true, strings.Repeat("lorem ", size/len("lorem "))))
	s := readStream(t, r.body)
	require.True(t, s.done, "%+v", s.failed())
	assert.Equal(t, "I counted "+strconv.Itoa(size/len("lorem "))+" words.", s.text())
}

func TestALargePDFReachesTheModel(t *testing.T) {
	cli := claudetest.Either(t)
	a := start(t, launch{cli: cli})
	// As large as real ones are: 8 MiB on the wire.
	pdf := base64.StdEncoding.EncodeToString(append([]byte("%PDF-1.4\n%offline\n"), make([]byte, 6<<20)...))
	r := a.curl(completions, marshal(map[string]any{
		"model": "claude-sonnet-4", "stream": true,
		"messages": []any{map[string]any{"role": "user", "content": []any{
			map[string]any{"type": "text", "text": "What is in it?"},
			map[string]any{"type": "file", "file": map[string]any{
				"filename": "a.pdf", "file_data": "data:application/pdf;base64," + pdf,
			}},
		}}},
	}))
	require.Equal(t, 200, r.status, "%s", r.body)
	s := readStream(t, r.body)
	require.True(t, s.done, "%+v", s.failed())
	assert.Contains(t, s.text(), "I can see 1 image or document (application/pdf).")
	var found []offline.Source
	for _, b := range a.model.Requests()[0].LastUser().Content {
		if b.Type == "document" {
			found = append(found, b.Source)
		}
	}
	require.Len(t, found, 1)
	assert.Equal(t, "application/pdf", found[0].MediaType)
	assert.True(t, found[0].Data == pdf, "the bytes are others, %d of %d", len(found[0].Data), len(pdf))
}
