package proxy

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/openai/openaitest"
)

func TestHealthTellsWhatIsKnown(t *testing.T) {
	seen := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	used := 0.5
	s := serve(t, Config{Version: "1.2.3", Backend: &backend{status: conversation.Status{
		CLIPath: "/bin/claude", CLIVersion: "2.1.330", SignIn: conversation.SignedIn, SignInAt: seen,
		Windows:   []conversation.Window{{Name: "5-hour", Used: &used, ResetsAt: seen, Reached: true}, {Name: "7-day"}},
		Processes: conversation.ProcessCount{Starting: 1, Warm: 2, Busy: 3, Idle: 4, Max: 5, Queued: 6},
	}}})
	response, body := s.do(t, http.MethodGet, "/health", "")
	assert.Equal(t, http.StatusOK, response.StatusCode)
	var h Health
	require.NoError(t, json.Unmarshal([]byte(body), &h))
	h.UptimeSeconds = 0
	path, version := "/bin/claude", "2.1.330"
	assert.Equal(t, Health{
		Status: "attention", Problem: "The plan's 5-hour limit is reached; requests that count for it are refused until it resets.", Name: "claude-max-api", Version: "1.2.3",
		CLI:          HealthCLI{Path: &path, Version: &version},
		SignIn:       HealthSignIn{State: conversation.SignedIn, SeenAt: &seen},
		UsageWindows: []HealthWindow{{Name: "5-hour", Used: &used, ResetsAt: &seen, Reached: true}, {Name: "7-day"}},
		Processes:    HealthProcesses{Starting: 1, Warm: 2, Busy: 3, Idle: 4, Max: 5, Queued: 6},
	}, h)
}

func TestHealthSaysWhatAPersonHasToDo(t *testing.T) {
	for want, status := range map[string]conversation.Status{
		"There is no CLI. Install it.":                                         {Problem: &conversation.Error{Message: "There is no CLI.", Hint: "Install it."}},
		"Claude Code is not signed in. Run `claude auth login` in a terminal.": {SignIn: conversation.SignedOut},
	} {
		s := serve(t, Config{Backend: &backend{status: status}})
		response, body := s.do(t, http.MethodGet, "/health", "")
		assert.Equal(t, http.StatusOK, response.StatusCode, "the proxy itself is there")
		var h Health
		require.NoError(t, json.Unmarshal([]byte(body), &h))
		assert.Equal(t, "attention", h.Status)
		assert.Equal(t, want, h.Problem)
		assert.Contains(t, body, `"path": null`)
		assert.Contains(t, body, `"seen_at": null`)
	}
}

func TestModelsAreListedInOpenAIsShape(t *testing.T) {
	s := serve(t, Config{})
	_, list := s.do(t, http.MethodGet, "/v1/models", "")
	openaitest.Validate(t, "ListModelsResponse", []byte(list))
	assert.Contains(t, list, `"id":"vendor/claude-haiku-4"`)
	_, one := s.do(t, http.MethodGet, "/v1/models/vendor/claude-haiku-4", "")
	openaitest.Validate(t, "Model", []byte(one))
	assert.Contains(t, one, `"id":"vendor/claude-haiku-4"`)
}
