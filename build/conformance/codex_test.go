package conformance

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/proxy/offline"
)

// goesOnAfterABreak: codex sends what it has heard, and expects the rest.
func goesOnAfterABreak(t *testing.T, a agent, h *home, program string, p *proxy) {
	p.model.SetRespond(func(r *offline.Request) offline.Reply {
		if strings.Contains(r.LastUserText(), "Continue.") {
			return offline.Text("the roads.")
		}
		return offline.Script(offline.Text("Let me count "), a.tools.run("true").toolUse(t), offline.ErrorEvent("api_error", "Internal server error"))
	})
	const message = "How many are there?"
	assert.Equal(t, "the roads.", a.answer(t, h.run(program, a.says(message, true)...)))
	requests := a.asked(t, p.model, message) // some are of the CLI, which asks again as well
	require.NotEmpty(t, requests)
	last := told(t, requests[len(requests)-1])
	inOrder(t, last[slices.Index(last, "user: "+message):], "user: "+message, "assistant: Let me count ", "user: Continue.")
}

// isRefused: what codex takes for a broken connection it sends again, and again.
func isRefused(t *testing.T, a agent, h *home, program string, p *proxy) {
	p.model.SetRespond(func(*offline.Request) offline.Reply {
		return offline.Script(offline.Text("I would ", "rather not"), offline.Stop("refusal"))
	})
	const message = "Say what you must not."
	stdout, stderr, err := h.try(program, a.says(message, true)...)
	require.Error(t, err, stdout)
	assert.Contains(t, stderr, "I would rather not")
	assert.Contains(t, stderr, "The model refuses to answer this")
	assert.Len(t, a.asked(t, p.model, message), 1)
}

// codex is OpenAI's own agent, set up by claude-max-api. It speaks nothing but Responses, and
// reads and writes files with commands.
func codex() agent {
	run := func(command string) call { return call{"exec_command", map[string]any{"cmd": command}} }
	return agent{
		name: "codex", api: responsesAPI, version: npmVersion("@openai/codex"),
		install: func(t *testing.T, w workspace, h *home, p *proxy) string {
			h.write(".codex/config.toml", `# A user's own.
approval_policy = "never"
sandbox_mode = "danger-full-access" # the folder is the test's own
check_for_update_on_startup = false

[analytics]
enabled = false

[features]
plugins = false # it would fetch a list of them
`)
			h.env = []string{"CLAUDE_MAX_API_KEY=" + apiKey}
			h.setUp(w, p, "codex", ".codex")
			return installed(t, "@openai/codex-*/vendor/*/bin/codex")
		},
		says: func(message string, next bool) []string {
			args := []string{"exec", "--profile", "claude", "--skip-git-repo-check"}
			if next {
				args = append(args, "resume", "--last")
			}
			return append(args, message)
		},
		answer: func(_ *testing.T, stdout string) string { return strings.TrimSpace(stdout) },
		itself: "Codex",
		tools: toolbox{
			read:  func(path string) call { return run("cat '" + path + "'") },
			write: func(path, text string) call { return run("printf %s '" + text + "' > '" + path + "'") },
			run:   run,
		},
	}
}
