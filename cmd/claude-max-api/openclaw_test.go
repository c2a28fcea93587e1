package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/proxy/claude/claudetest"
	"claude-max-api-proxy/proxy/offline"
)

// A person's OpenClaw, set up by our command, has a conversation through the proxy
// and the real CLI: a plain turn, one with a tool of its own, one that meets a rate
// limit. Each starts the whole OpenClaw, so there are few.
func TestOpenClaw(t *testing.T) {
	const wait = 4 * time.Second // beyond what the CLI waits for by itself
	var limited atomic.Bool
	claw := startOpenClaw(t, claudetest.Versions[1], func(r *offline.Request) offline.Reply {
		switch said := r.LastUserText(); {
		case len(r.LastUser().ToolResults()) > 0, strings.Contains(said, "RUN"):
			return runsACommand(r)
		case strings.Contains(said, "LIMIT") && !limited.Swap(true):
			return offline.Script(
				offline.Headers("Retry-After", fmt.Sprint(wait.Seconds())),
				offline.Fail(429, "rate_limit_error", "This request would exceed your account's rate limit. Please try again later."),
			)
		case strings.Contains(said, "LIMIT"):
			return offline.Text("The limit ", "is over.")
		}
		return offline.Text("It is ", "a plain answer.")
	})
	before := claw.configure(`// Mine, with a comment.
{
  agents: { defaults: { model: "anthropic/claude-opus-4-6", timeoutSeconds: 120 } },
}
`)
	claw.setUp("--yes")
	assert.FileExists(t, claw.config+".claude-proxy")

	assert.Equal(t, "It is a plain answer.", claw.says("PLAIN question"))
	plain := []string{"user: PLAIN question", "user: OPENCLAW_INTERNAL_CONTEXT"}
	requests := claw.requests()
	require.Len(t, requests, 1)
	assertHeard(t, requests[0], plain)

	assert.Equal(t, "The command printed token-42.", claw.says("RUN a command"))
	requests = claw.requests()
	require.Len(t, requests, 2)
	// What OpenClaw says of itself ends every request, and is not part of its history.
	asked := []string{"user: PLAIN question", "assistant: It is a plain answer.", "user: RUN a command"}
	assertHeard(t, requests[0], append(asked, "user: OPENCLAW_INTERNAL_CONTEXT"))
	ran := append(asked, "assistant: I run it.", "assistant calls exec: token-$((6*7))", "user brings: token-42")
	assertHeard(t, requests[1], append(ran, "user: OPENCLAW_INTERNAL_CONTEXT"))

	// OpenClaw asks again by itself, and not before it may. It would not, if the error
	// spoke of a usage limit.
	t.Run("a rate limit", func(t *testing.T) {
		claw := claw.in(t)
		assert.Equal(t, "The limit is over.", claw.says("LIMIT me"))
		requests := claw.requests()
		require.Len(t, requests, 2)
		assert.GreaterOrEqual(t, requests[1].Arrived.Sub(requests[0].Arrived), wait)
		whole := append(ran, "assistant: The command printed token-42.", "user: LIMIT me", "user: OPENCLAW_INTERNAL_CONTEXT")
		assertHeard(t, requests[0], whole)
		assertHeard(t, requests[1], whole)
	})

	claw.setUp("--undo", "--yes")
	after, err := os.ReadFile(claw.config)
	require.NoError(t, err)
	assert.Equal(t, before, string(after), "byte for byte")
	assert.NoFileExists(t, claw.config+".claude-proxy")
}

// The older CLI does the hardest turn; then undo meets a configuration that has gone
// on, and that OpenClaw would rather not see shrink so much.
func TestOpenClawWithTheOlderCLI(t *testing.T) {
	claw := startOpenClaw(t, claudetest.Versions[0], runsACommand)
	claw.configure(`{agents: {defaults: {model: "anthropic/claude-opus-4-6"}}}`)
	claw.setUp("--yes")

	assert.Equal(t, "The command printed token-42.", claw.says("RUN a command"))
	requests := claw.requests()
	require.Len(t, requests, 2)
	assertHeard(t, requests[1], []string{
		"user: RUN a command", "assistant: I run it.", "assistant calls exec: token-$((6*7))", "user brings: token-42",
		"user: OPENCLAW_INTERNAL_CONTEXT",
	})

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

// runsACommand has OpenClaw run one, and tells what came of it.
func runsACommand(r *offline.Request) offline.Reply {
	if results := r.LastUser().ToolResults(); len(results) > 0 {
		return offline.Text("The command printed ", offline.Message{Content: results[0].Content}.Text(), ".")
	}
	return offline.Script(offline.Text("I run it."), offline.ToolUse("", "exec", `{"command":"echo tok`, `en-$((6*7))"}`))
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

// in is the same OpenClaw for a subtest.
func (c *openClaw) in(t *testing.T) *openClaw {
	d := *c
	d.launched = c.launched.in(t)
	return &d
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

// requests are those that reached the model since the last message.
func (c *openClaw) requests() []*offline.Request { return c.model.Requests() }

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

// assertHeard compares the blocks of a request with what was said, in order; of each
// only a part is looked for, because OpenClaw puts the time before it and more behind. What the
// CLI says by itself is left out.
func assertHeard(t *testing.T, r *offline.Request, want []string) {
	t.Helper()
	var heard []string
	for _, m := range r.Messages {
		for _, b := range m.Content {
			switch {
			case m.Role == "system", strings.HasPrefix(b.Text, "<system-reminder>"):
			case b.Type == "tool_use":
				heard = append(heard, fmt.Sprintf("%s calls %s: %s", m.Role, b.Name, b.Input))
			case b.Type == "tool_result":
				heard = append(heard, m.Role+" brings: "+offline.Message{Content: b.Content}.Text())
			default:
				heard = append(heard, m.Role+": "+b.Text)
			}
		}
	}
	require.Len(t, heard, len(want), "%q", heard)
	for i, w := range want {
		who, text, _ := strings.Cut(w, ": ")
		assert.True(t, strings.HasPrefix(heard[i], who+": "), "%q is not %q", heard[i], w)
		assert.Contains(t, heard[i], text)
	}
	assert.Contains(t, r.SystemText(), "OpenClaw")
	assert.Contains(t, r.ToolNames(), "exec")
}
