package conformance

import (
	"path/filepath"
	"strings"
	"testing"
)

// qwenCode is https://github.com/QwenLM/qwen-code.
func qwenCode(speaks *api) agent {
	auth := map[*api]string{chatCompletions: "openai", responsesAPI: "openai-responses", messagesAPI: "anthropic"}[speaks]
	return agent{
		name: "qwen-code", api: speaks, version: npmVersion("@qwen-code/qwen-code"),
		install: func(t *testing.T, w workspace, h *home, p *proxy) string {
			h.write(".qwen/settings.json", map[string]any{
				"$version": 3,
				"general":  map[string]any{"enableAutoUpdate": false},
				"privacy":  map[string]any{"usageStatisticsEnabled": false},
				"security": map[string]any{"auth": map[string]any{"selectedType": auth}},
				"model":    map[string]any{"name": "claude-opus-4"},
			})
			h.env = []string{"OPENAI_API_KEY=" + apiKey, "OPENAI_BASE_URL=" + p.baseURL, "QWEN_CODE_SUPPRESS_YOLO_WARNING=1"}
			h.path = append(h.path, filepath.Dir(w.node))
			return installed(t, ".bin/qwen")
		},
		says: func(message string, next bool) []string {
			args := []string{"--yolo"}
			if next {
				args = append(args, "--continue")
			}
			return append(args, message)
		},
		answer: func(_ *testing.T, stdout string) string { return strings.TrimSpace(stdout) },
		itself: "Qwen Code",
		tools: toolbox{
			read: func(path string) call { return call{"read_file", map[string]any{"file_path": path}} },
			write: func(path, text string) call {
				return call{"write_file", map[string]any{"file_path": path, "content": text}}
			},
			// It loses what a command prints just before its end: at that it stops to read.
			run: func(command string) call {
				return call{"run_shell_command", map[string]any{"command": command + " && sleep 1", "is_background": false}}
			},
		},
	}
}
