package main

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/proxy/claude/claudetest"
	"claude-max-api-proxy/proxy/offline"
)

// Three words that must turn up nowhere but on the wire.
const (
	promptCanary = "canary-of-the-prompt-7f3a"
	answerCanary = "canary-of-the-answer-91bc"
	keyCanary    = "canary-of-the-key-d24e"
)

var canaries = []string{promptCanary, answerCanary, keyCanary}

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
		for pid, command := range a.processes() {
			assertNoCanary(t, command, "arguments of process %d", pid)
			environment, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "environ"))
			if err == nil {
				assertNoCanary(t, string(environment), "environment of process %d", pid)
			}
		}
		own, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(a.cmd.Process.Pid), "cmdline"))
		require.NoError(t, err)
		assertNoCanary(t, string(own), "our own arguments")
		close(gate)
		asked.Wait()
		s := readStream(t, answer.body)
		require.True(t, s.done)
		assert.Contains(t, s.text(), answerCanary)

		// Failures tell what went wrong, not what was said.
		a.curl(completions, chat(false, "fail "+promptCanary), key...)
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
		files := 0
		for _, root := range []string{a.home, temporary} {
			require.NoError(t, filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
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
		assert.GreaterOrEqual(t, files, 2)
	})
}

func assertNoCanary(t *testing.T, text, where string, args ...any) {
	t.Helper()
	for _, canary := range canaries {
		if bytes.Contains([]byte(text), []byte(canary)) {
			t.Errorf("%s is in "+where, append([]any{canary}, args...)...)
		}
	}
}
