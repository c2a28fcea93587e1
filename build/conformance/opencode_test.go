package conformance

import (
	"strings"
	"testing"
)

// openCode is https://opencode.ai, set up by claude-max-api; over the other APIs with a provider as
// its documentation shows.
func openCode(speaks *api) agent {
	provider := map[*api]string{responsesAPI: "@ai-sdk/openai", messagesAPI: "@ai-sdk/anthropic"}[speaks]
	return agent{
		name: "opencode", api: speaks, version: npmVersion("opencode-ai"),
		install: func(t *testing.T, w workspace, h *home, p *proxy) string {
			h.env = []string{
				"CLAUDE_MAX_API_KEY=" + apiKey,
				"OPENCODE_DISABLE_AUTOUPDATE=1", "OPENCODE_DISABLE_MODELS_FETCH=1", "OPENCODE_DISABLE_LSP_DOWNLOAD=1",
				"OPENCODE_DISABLE_DEFAULT_PLUGINS=1", "OPENCODE_DISABLE_SHARE=1",
				// At each start it looks for its package of types for plugins, and goes on without.
				"npm_config_registry=http://127.0.0.1:9", "NPM_CONFIG_REGISTRY=http://127.0.0.1:9",
			}
			const file = ".config/opencode/opencode.json"
			if speaks == chatCompletions {
				h.write(file, `{
  // A user's own.
  "autoupdate": false, "share": "disabled",
  "model": "claude-proxy/claude-opus-4", "small_model": "claude-proxy/claude-haiku-4",
}
`)
				h.setUp(w, p, "opencode", ".config/opencode")
			} else {
				h.write(file, map[string]any{
					"autoupdate": false, "share": "disabled",
					"model": "claude-proxy/claude-opus-4", "small_model": "claude-proxy/claude-haiku-4",
					"provider": map[string]any{"claude-proxy": map[string]any{
						"npm": provider, "name": "Claude", "options": map[string]any{"baseURL": p.baseURL, "apiKey": apiKey},
						"models": map[string]any{
							"claude-opus-4":  map[string]any{"name": "Claude Opus", "tool_call": true},
							"claude-haiku-4": map[string]any{"name": "Claude Haiku"},
						},
					}},
				})
			}
			return installed(t, "opencode-*/bin/opencode")
		},
		says: func(message string, next bool) []string {
			args := []string{"run", "--auto"}
			if next {
				args = append(args, "--continue")
			}
			return append(args, message)
		},
		// It prints a line for whatever the model says on the way.
		answer: func(_ *testing.T, stdout string) string {
			lines := strings.Split(strings.TrimSpace(stdout), "\n")
			return lines[len(lines)-1]
		},
		itself: "opencode",
		tools: toolbox{
			read: func(path string) call { return call{"read", map[string]any{"filePath": path}} },
			write: func(path, text string) call {
				return call{"write", map[string]any{"filePath": path, "content": text}}
			},
			run: func(command string) call {
				return call{"bash", map[string]any{"command": command, "description": "Runs it"}}
			},
		},
	}
}
