package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/proxy/claude/claudetest"
	"claude-max-api-proxy/proxy/offline"
)

// A person's OpenClaw is set up by our command, meets a rate limit, and is put back: once as
// nobody has touched it, once when it has gone on. What else it does through the proxy,
// build/conformance shows.
func TestOpenClaw(t *testing.T) {
	const wait = 4 * time.Second // beyond what the CLI waits for by itself
	var limited atomic.Bool
	claw := startOpenClaw(t, claudetest.Versions[1], func(r *offline.Request) offline.Reply {
		if !limited.Swap(true) {
			return offline.Script(
				offline.Headers("Retry-After", fmt.Sprint(wait.Seconds())),
				offline.Fail(429, "rate_limit_error", "This request would exceed your account's rate limit. Please try again later."),
			)
		}
		return offline.Text("The limit ", "is over.")
	})
	before := claw.configure(`// Mine, with a comment.
{
  agents: { defaults: { model: "anthropic/claude-opus-4-6", timeoutSeconds: 120 } },
}
`)
	claw.setUp("--yes")
	assert.FileExists(t, claw.config+".claude-proxy")

	// OpenClaw asks again by itself, and not before it may. It would not, if the error
	// spoke of a usage limit.
	assert.Equal(t, "The limit is over.", claw.says("LIMIT me"))
	requests := claw.model.Requests()
	require.Len(t, requests, 2)
	assert.GreaterOrEqual(t, requests[1].Arrived.Sub(requests[0].Arrived), wait)
	for _, r := range requests {
		assert.Contains(t, r.SystemText(), "OpenClaw")
		assert.Contains(t, r.ToolNames(), "exec")
	}

	claw.setUp("--undo", "--yes")
	after, err := os.ReadFile(claw.config)
	require.NoError(t, err)
	assert.Equal(t, before, string(after), "byte for byte")
	assert.NoFileExists(t, claw.config+".claude-proxy")

	// Undo meets a configuration that has gone on, and that OpenClaw would rather not see
	// shrink so much.
	claw.setUp("--yes")
	claw.run(claw.program, "config", "set", "agents.defaults.timeoutSeconds", "77")
	claw.setUp("--undo", "--yes")
	var config map[string]any
	text, err := os.ReadFile(claw.config)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &config))
	assert.NotContains(t, config, "models")
	assert.Equal(t, map[string]any{
		"defaults": map[string]any{"model": "anthropic/claude-opus-4-6", "timeoutSeconds": 77.0},
	}, config["agents"])
}

// openClaw is a real one with a home of its own, beside a running proxy that wants a
// key.
type openClaw struct {
	*launched
	program string
	home    string
	config  string
	path    string
}

func startOpenClaw(t *testing.T, cliVersion string, respond func(*offline.Request) offline.Reply) *openClaw {
	t.Helper()
	cli := claudetest.Real(t, cliVersion)
	linuxOnly(t)
	dir := os.Getenv("OPENCLAW_TEST_CLIENT")
	bin := filepath.Join(dir, "node_modules", ".bin") // with the Node that it needs
	if _, err := os.Stat(filepath.Join(bin, "openclaw")); dir == "" || err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("OpenClaw is not there; run `make test`, which fetches it")
		}
		t.Skip("OpenClaw is not there; `make test` fetches it")
	}
	home := t.TempDir()
	return &openClaw{
		launched: start(t, launch{cli: cli, key: "sesame-street", respond: respond}),
		program:  filepath.Join(bin, "openclaw"),
		home:     home,
		config:   filepath.Join(home, ".openclaw", "openclaw.json"),
		path:     bin + ":/usr/bin:/bin",
	}
}

// configure writes OpenClaw's configuration.
func (c *openClaw) configure(text string) string {
	c.t.Helper()
	require.NoError(c.t, os.MkdirAll(filepath.Dir(c.config), 0o700))
	require.NoError(c.t, os.WriteFile(c.config, []byte(text), 0o600))
	return text
}

// setUp runs `claude-max-api setup openclaw` for the running proxy.
func (c *openClaw) setUp(args ...string) {
	c.t.Helper()
	program, err := binary()
	require.NoError(c.t, err)
	out := c.run(program, append([]string{"setup", "openclaw", "--config", c.launched.config}, args...)...)
	assert.NotContains(c.t, string(out), c.key)
	c.t.Logf("%s", out)
}

// says is what OpenClaw answers to a message, in its one conversation.
func (c *openClaw) says(message string) string {
	c.t.Helper()
	c.model.Reset()
	var answer struct {
		Payloads []struct{ Text string }
		Meta     struct{ Aborted bool }
	}
	out := c.run(c.program, "agent", "--local", "--agent", "main", "--json", "--message", message)
	require.NoError(c.t, json.Unmarshal(out, &answer), string(out))
	assert.False(c.t, answer.Meta.Aborted)
	require.Len(c.t, answer.Payloads, 1, string(out))
	return answer.Payloads[0].Text
}

func (c *openClaw) run(program string, args ...string) []byte {
	c.t.Helper()
	command := exec.CommandContext(c.t.Context(), program, args...)
	command.Env = []string{"HOME=" + c.home, "PATH=" + c.path, "CLAUDE_MAX_API_KEY=" + c.key}
	var stderr bytes.Buffer
	command.Stderr = &stderr
	out, err := command.Output()
	require.NoError(c.t, err, "%s %q: %s\n%s", filepath.Base(program), args, stderr.String(), out)
	return out
}
