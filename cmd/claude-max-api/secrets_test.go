package main

import (
	"bytes"
	"encoding/json"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/app"
	"claude-max-api-proxy/proxy/claude/claudetest"
	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/offline"
)

// Words that must turn up nowhere but on the wire, one for each place that a request
// or an answer has for some.
const (
	promptCanary   = "canary-of-the-prompt-7f3a"
	answerCanary   = "canary-of-the-answer-91bc"
	keyCanary      = "canary-of-the-key-d24e"
	systemCanary   = "canary-of-the-system-prompt-5e0d"
	userCanary     = "canary-of-the-user-c661"
	metadataCanary = "canary-of-the-metadata-3d18"
	callCanary     = "canary-of-the-call-b92f"
	resultCanary   = "canary-of-the-result-08ac"
	toolCanary     = "canary-of-the-tool-e417"
	stopCanary     = "canary-of-the-stop-sequence-2b7c"
	fileCanary     = "canary-of-the-file-name-f5d3"
	// Base64 of which every reader of a file would find the same letters.
	imageCanary = "iVBORw0KGgoAcanaryoftheimage77d1"
)

var canaries = []string{
	promptCanary, answerCanary, keyCanary, systemCanary, userCanary, metadataCanary, callCanary, resultCanary, toolCanary, stopCanary, fileCanary, imageCanary,
}

func TestWhatIsSaidIsKeptNowhere(t *testing.T) {
	linuxOnly(t)
	claudetest.Each(t, func(t *testing.T, cli string) {
		gate := make(chan struct{})
		// A short name: the CLI has its sockets there.
		temporary, err := os.MkdirTemp("", "cmx")
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, os.RemoveAll(temporary)) })
		a := start(t, launch{
			cli: cli,
			env: []string{"TMPDIR=" + temporary},
			// The key comes from the environment: the settings file is the user's
			// own and holds what he writes there.
			key:      keyCanary,
			settings: map[string]any{"log_level": "debug"},
			respond: func(r *offline.Request) offline.Reply {
				if strings.Contains(r.LastUserText(), "fail") {
					return offline.Fail(400, "invalid_request_error", "messages.0.content: Input should be a valid list")
				}
				return offline.Script(offline.Text(answerCanary, " first half "), offline.Wait(gate), offline.Text("second half"))
			},
		})
		key := []string{"-H", "Authorization: Bearer " + keyCanary}

		var asked sync.WaitGroup
		ask := a.openLater(chat(true, promptCanary))
		asked.Go(func() { _, _ = ask() }) // without the key: refused
		asked.Wait()
		body := chat(true, promptCanary+" @/etc/hostname")
		var answer response
		asked.Go(func() { answer = a.curl(completions, body, key...) })
		require.NoError(t, a.model.WaitRequests(a.context(), 1))
		a.assertNoCanaryInProcesses()
		close(gate)
		asked.Wait()
		s := readStream(t, answer.body)
		require.True(t, s.done)
		assert.Contains(t, s.text(), answerCanary)

		for path, request := range map[string]map[string]any{
			"/v1/responses":   {"input": promptCanary, "instructions": systemCanary, "metadata": map[string]string{"a": metadataCanary}, "prompt_cache_key": userCanary},
			"/v1/messages":    {"max_tokens": 9, "system": systemCanary, "metadata": map[string]string{"user_id": userCanary}, "messages": []any{map[string]string{"role": "user", "content": promptCanary}}},
			"/v1/completions": {"prompt": promptCanary, "user": userCanary, "stop": stopCanary},
		} {
			request["model"] = "claude-opus-4"
			got := a.curl(path, marshal(request), key...)
			assert.Equal(t, 200, got.status, path)
			assert.Contains(t, string(got.body), answerCanary, path)
		}

		// Failures tell what went wrong, not what was said.
		a.curl(completions, chat(false, "fail "+promptCanary), key...)
		a.curl("/v1/responses", `{"model":"claude-opus-4","input":"fail `+promptCanary+`","previous_response_id":"`+promptCanary+`"}`, key...)
		a.curl("/v1/messages", `{"model":"claude-opus-4","max_tokens":9,"messages":[{"role":"user","content":"fail `+promptCanary+`"}]}`, key...)
		a.curl(completions, `{"model":"claude-opus-4","n":2,"messages":[{"role":"`+promptCanary+`","content":"`+promptCanary+`"}]}`, key...)
		a.curl(completions, `{"model":"claude-opus-4","messages":[{"role":"user","content":"`+promptCanary, key...)
		assertNoCanary(t, string(a.curl("/health", "", key...).body), "/health")
		assertNoCanary(t, string(a.curl("/health", "").body), "/health without a key")

		assertNoCanary(t, a.stdout.String(), "stdout")
		assertNoCanary(t, a.stderr.String(), "stderr")
		assert.Contains(t, a.stderr.String(), "level=DEBUG")
		log, err := os.ReadFile(filepath.Join(a.home, ".local", "state", "claude-max-api", "claude-max-api.log"))
		require.NoError(t, err)
		assert.Contains(t, string(log), "msg=request", "the log file has what happened")
		files := assertNoCanaryBelow(t, a.home, temporary)
		assert.GreaterOrEqual(t, files, 2)
	})
}

// rich is a request with something in every place: a call of the past with its result,
// pictures, a file, and what is only ignored.
func rich(stream bool, question string) string {
	return marshal(map[string]any{
		"model": "claude-opus-4", "stream": stream,
		"user": userCanary, "metadata": map[string]string{metadataCanary: metadataCanary}, "stop": []string{stopCanary},
		"tools": []any{map[string]any{"type": "function", "function": map[string]any{
			"name": "look", "description": toolCanary, "parameters": map[string]any{
				"type": "object", "properties": map[string]any{"at": map[string]any{"type": "string", "description": toolCanary}},
			},
		}}},
		"messages": []any{
			map[string]any{"role": "system", "content": systemCanary},
			map[string]any{"role": "user", "name": "ann", "content": []any{
				map[string]any{"type": "text", "text": promptCanary},
				map[string]any{"type": "image_url", "image_url": map[string]any{"url": "data:image/png;base64," + imageCanary}},
				map[string]any{"type": "file", "file": map[string]any{"filename": fileCanary + ".pdf", "file_data": "data:application/pdf;base64," + imageCanary}},
			}},
			map[string]any{"role": "assistant", "content": nil, "tool_calls": []any{map[string]any{
				"id": "call_1", "type": "function", "function": map[string]any{"name": "look", "arguments": marshal(map[string]any{"at": callCanary})},
			}}},
			map[string]any{"role": "tool", "tool_call_id": "call_1", "content": resultCanary},
			map[string]any{"role": "assistant", "content": answerCanary},
			map[string]any{"role": "user", "content": question},
		},
	})
}

// Every place of a request and of an answer has a canary; they are looked for while the
// model is being asked, while a process waits for a call's result, and after failures.
func TestNothingOfARichRequestIsKept(t *testing.T) {
	linuxOnly(t)
	claudetest.Each(t, func(t *testing.T, cli string) {
		gates := make(chan chan struct{})
		temporary, err := os.MkdirTemp("", "cmx")
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, os.RemoveAll(temporary)) })
		a := start(t, launch{
			cli: cli, key: keyCanary, env: []string{"TMPDIR=" + temporary},
			settings: map[string]any{"log_level": "debug"},
			respond: func(r *offline.Request) offline.Reply {
				if strings.Contains(r.LastUserText(), "refuse") {
					// Upstream may quote what it does not like.
					return offline.Fail(500, "api_error", "cannot work with "+promptCanary)
				}
				gate := <-gates
				if strings.Contains(r.LastUserText(), "call") {
					return offline.Script(offline.Wait(gate), offline.Text(answerCanary), offline.ToolUse("toolu_1", "look", marshal(map[string]any{"at": callCanary})))
				}
				return offline.Script(offline.Text(answerCanary), offline.Wait(gate), offline.Text("."))
			},
		})
		key := []string{"-H", "Authorization: Bearer " + keyCanary}
		look := func(when string) {
			a.assertNoCanaryInProcesses()
			assert.NotZero(t, assertNoCanaryBelow(t, a.home, temporary), when)
			assertNoCanary(t, a.stdout.String()+a.stderr.String(), "what was printed "+when)
			assertNoCanary(t, string(a.curl("/health", "", key...).body), "/health "+when)
		}
		ask := func(stream bool, question string) response {
			var answer response
			var asked sync.WaitGroup
			asked.Go(func() { answer = a.curl(completions, rich(stream, question), key...) })
			gate := make(chan struct{})
			gates <- gate // the model is being asked now
			look("in an answer")
			close(gate)
			asked.Wait()
			return answer
		}

		s := readStream(t, ask(true, "say "+promptCanary).body)
		require.True(t, s.done)
		assert.Contains(t, s.text(), answerCanary)
		assert.Contains(t, string(ask(false, "call "+promptCanary).body), callCanary)
		look("while a result is waited for")

		refused := a.curl(completions, rich(false, "refuse "+promptCanary), key...)
		assert.Equal(t, 500, refused.status)
		assert.Contains(t, string(refused.body), promptCanary, "the client may read what upstream says")
		look("after a failure")
		state := a.state()
		assert.Contains(t, state, "server failed with status 500", "the failure is known")
		assertNoCanary(t, state, "what other commands are told, and the desktop is notified of")

		a.assertPrivate()
		a.signal(os.Interrupt)
		assert.Equal(t, exitOK, a.exitCode())
		assert.NotZero(t, assertNoCanaryBelow(t, a.home, temporary), "after the end")
		assertNoCanary(t, a.stdout.String()+a.stderr.String(), "what was printed at the end")
	})
}

// A failure is told on the desktop in our words alone: upstream's may quote the request.
func TestTheDesktopIsNotToldWhatUpstreamSays(t *testing.T) {
	var told []app.Failure
	report := app.Report{Changed: func() {}, Failed: func(f app.Failure) { told = append(told, f) }}
	concluded(&conversation.Error{Kind: conversation.Upstream, Message: "It failed. Claude Code says: “" + promptCanary + "”.", Brief: "It failed."}, report)
	concluded(&conversation.Error{Kind: conversation.Timeout, Message: "It was silent."}, report)
	concluded(&conversation.Error{Kind: conversation.InvalidRequest, Message: promptCanary}, report)
	concluded(nil, report)
	assert.Equal(t, []app.Failure{{Kind: "upstream", Message: "It failed."}, {Kind: "timeout", Message: "It was silent."}}, told)
}

// state is what the app tells other commands of itself.
func (a *launched) state() string {
	a.t.Helper()
	records, err := filepath.Glob(filepath.Join(a.home, ".local", "state", "claude-max-api", "instance*", "instance.json"))
	require.NoError(a.t, err)
	require.Len(a.t, records, 1)
	var record struct{ Address, Token string }
	text, err := os.ReadFile(records[0])
	require.NoError(a.t, err)
	require.NoError(a.t, json.Unmarshal(text, &record))
	request, err := http.NewRequest(http.MethodGet, "http://"+record.Address+"/state", nil)
	require.NoError(a.t, err)
	request.Header.Set("Authorization", "Bearer "+record.Token)
	response, err := http.DefaultClient.Do(request)
	require.NoError(a.t, err)
	defer response.Body.Close()
	state, err := io.ReadAll(response.Body)
	require.NoError(a.t, err)
	return string(state)
}

// assertNoCanaryInProcesses looks at what everybody on this machine may see of us and of
// what we have started.
func (a *launched) assertNoCanaryInProcesses() {
	a.t.Helper()
	for pid, command := range a.processes() {
		assertNoCanary(a.t, command, "arguments of process %d", pid)
		environment, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "environ"))
		if err == nil {
			assertNoCanary(a.t, string(environment), "environment of process %d", pid)
		}
	}
	own, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(a.process.PID()), "cmdline"))
	require.NoError(a.t, err)
	assertNoCanary(a.t, string(own), "our own arguments")
}

// assertPrivate holds that nobody else on this machine may read, or even list, what we
// have written: settings are not ours, and what the CLI writes is its own.
func (a *launched) assertPrivate() {
	a.t.Helper()
	own := 0
	require.NoError(a.t, filepath.WalkDir(a.home, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !strings.Contains(path, string(filepath.Separator)+"claude-max-api") {
			return nil
		}
		info, err := entry.Info()
		if err == nil {
			own++
			assert.Zero(a.t, info.Mode().Perm()&0o077, "%s has mode %s", path, info.Mode())
		}
		return nil
	}))
	assert.Greater(a.t, own, 3, "log, lock, record and their folders")
}

// assertNoCanaryBelow looks into all files, and at their names, and counts them.
func assertNoCanaryBelow(t *testing.T, roots ...string) (files int) {
	t.Helper()
	for _, root := range roots {
		require.NoError(t, filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
			assertNoCanary(t, path, "the name of a file")
			if err != nil || !entry.Type().IsRegular() {
				return nil // the CLI removes files while we look
			}
			content, err := os.ReadFile(path)
			if err == nil {
				files++
				assertNoCanary(t, string(content), "%s", path)
			}
			return nil
		}))
	}
	return files
}

func assertNoCanary(t *testing.T, text, where string, args ...any) {
	t.Helper()
	for _, canary := range canaries {
		if bytes.Contains([]byte(text), []byte(canary)) {
			t.Errorf("%s is in "+where, append([]any{canary}, args...)...)
		}
	}
}
