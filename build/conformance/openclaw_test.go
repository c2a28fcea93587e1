package conformance

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// openClaw is https://openclaw.ai, with the configuration that claude-max-api setup openclaw
// makes. How that command changes one is tested beside it.
func openClaw(speaks *api) agent {
	return agent{
		name: "OpenClaw", api: speaks, version: openClawVersion,
		install: func(t *testing.T, w workspace, h *home, baseURL string) string {
			bin := filepath.Join(os.Getenv("OPENCLAW_TEST_CLIENT"), "node_modules", ".bin") // with the Node that it needs
			program := filepath.Join(bin, "openclaw")
			if _, err := os.Stat(program); err != nil || os.Getenv("OPENCLAW_TEST_CLIENT") == "" {
				missing(t, "OpenClaw is not there; `make conformance` fetches it")
			}
			h.path = append([]string{bin}, h.path...)
			config := h.run(w.proxy, setup("openclaw", baseURL, "--print")...)
			if speaks == responsesAPI {
				require.Contains(t, config, `"openai-completions"`)
				config = strings.ReplaceAll(config, `"openai-completions"`, `"openai-responses"`)
			}
			h.write(".openclaw/openclaw.json", config)
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

// openClawVersion reads the one that the Makefile fetches.
func openClawVersion(t *testing.T) string {
	makefile, err := os.ReadFile("../../Makefile")
	require.NoError(t, err)
	found := regexp.MustCompile(`(?m)^OPENCLAW_VERSION := (\S+)$`).FindSubmatch(makefile)
	require.NotNil(t, found)
	return "openclaw " + string(found[1])
}
