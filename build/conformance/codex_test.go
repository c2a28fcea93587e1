package conformance

import (
	"strings"
	"testing"
)

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
