package conformance

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/proxy/claude/claudetest"
	"claude-max-api-proxy/proxy/offline"
)

// openClaw is https://openclaw.ai, set up by claude-max-api; over Responses with the configuration
// that it prints.
func openClaw(speaks *api) agent {
	return agent{
		name: "OpenClaw", api: speaks, version: openClawVersion,
		install: func(t *testing.T, w workspace, h *home, p *proxy) string {
			program := installedOpenClaw(t, h)
			const file = ".openclaw/openclaw.json"
			if speaks == chatCompletions {
				h.write(file, `// A user's own.
{
  agents: { defaults: { model: "anthropic/claude-opus-4-6", timeoutSeconds: 120 } },
}
`)
				h.setUp(w, p, "openclaw", ".openclaw")
				return program
			}
			config := h.run(w.proxy, "setup", "openclaw", "--print", "--config", p.config)
			require.Contains(t, config, `"openai-completions"`)
			h.write(file, strings.ReplaceAll(config, `"openai-completions"`, `"openai-responses"`))
			return program
		},
		says: func(message string, _ bool) []string {
			return []string{"agent", "--local", "--agent", "main", "--json", "--message", message}
		},
		answer: func(t *testing.T, stdout string) string {
			var answer struct {
				Payloads []struct{ Text string }
				Meta     struct{ Aborted bool }
			}
			require.NoError(t, json.Unmarshal([]byte(stdout), &answer), stdout)
			assert.False(t, answer.Meta.Aborted)
			require.Len(t, answer.Payloads, 1, stdout)
			return answer.Payloads[0].Text
		},
		itself: "OpenClaw",
		tools: toolbox{
			read: func(path string) call { return call{"read", map[string]any{"path": path}} },
			write: func(path, text string) call {
				return call{"write", map[string]any{"path": path, "content": text}}
			},
			run: func(command string) call { return call{"exec", map[string]any{"command": command}} },
		},
	}
}

// meetsARateLimit: OpenClaw asks again by itself, and not before it may. It would not, if the
// error spoke of a usage limit.
func meetsARateLimit(t *testing.T, a agent, h *home, program string, p *proxy) {
	const wait = 4 * time.Second // beyond what the CLI waits for by itself
	var limited atomic.Bool
	p.model.SetRespond(func(*offline.Request) offline.Reply {
		if !limited.Swap(true) {
			return offline.Script(
				offline.Headers("Retry-After", fmt.Sprint(wait.Seconds())),
				offline.Fail(http.StatusTooManyRequests, "rate_limit_error", "This request would exceed your account's rate limit. Please try again later."),
			)
		}
		return offline.Text("The limit ", "is over.")
	})
	const message = "What about the limit?"
	assert.Equal(t, "The limit is over.", a.answer(t, h.run(program, a.says(message, true)...)))
	requests := a.asked(t, p.model, message)
	require.Len(t, requests, 2)
	// The older CLI does not tell for how long, and over Responses OpenClaw's own guess is shorter.
	guesses := a.api == responsesAPI && strings.Contains(requests[0].Header.Get("User-Agent"), claudetest.Versions[0])
	if !guesses {
		assert.GreaterOrEqual(t, requests[1].Arrived.Sub(requests[0].Arrived), wait)
	}
}

// Undo meets a configuration that has gone on, and that OpenClaw would rather not see shrink so
// much. It asks OpenClaw for every step, so this is for make conformance alone; what OpenClaw
// answers is played in the tests of package setup.
func TestASetUpOfOpenClawIsUndoneAfterAChange(t *testing.T) {
	if !*update {
		t.Skip("make conformance has the time for it")
	}
	t.Parallel()
	w, h := prepare(t), newHome(t)
	program := installedOpenClaw(t, h)
	const file = ".openclaw/openclaw.json"
	h.write(file, `{ agents: { defaults: { model: "anthropic/claude-opus-4-6" } } }`)
	h.run(w.proxy, "setup", "openclaw", "--yes")
	h.run(program, "config", "set", "agents.defaults.timeoutSeconds", "77")
	h.run(w.proxy, "setup", "openclaw", "--undo", "--yes")
	var config map[string]any
	require.NoError(t, json.Unmarshal([]byte(h.read(file)), &config))
	assert.NotContains(t, config, "models")
	assert.Equal(t, map[string]any{
		"defaults": map[string]any{"model": "anthropic/claude-opus-4-6", "timeoutSeconds": 77.0},
	}, config["agents"])
}

// installedOpenClaw gives the program, and a home the Node that it needs.
func installedOpenClaw(t *testing.T, h *home) string {
	t.Helper()
	bin := filepath.Join(os.Getenv("OPENCLAW_TEST_CLIENT"), "node_modules", ".bin")
	program := filepath.Join(bin, "openclaw")
	if _, err := os.Stat(program); err != nil || os.Getenv("OPENCLAW_TEST_CLIENT") == "" {
		missing(t, "OpenClaw is not there; `make conformance` fetches it")
	}
	h.path = append([]string{bin}, h.path...)
	return program
}

// openClawVersion reads the one that the Makefile fetches.
func openClawVersion(t *testing.T) string {
	makefile, err := os.ReadFile("../../Makefile")
	require.NoError(t, err)
	found := regexp.MustCompile(`(?m)^OPENCLAW_VERSION := (\S+)$`).FindSubmatch(makefile)
	require.NotNil(t, found)
	return "openclaw " + string(found[1])
}
