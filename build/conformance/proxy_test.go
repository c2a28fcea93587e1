package conformance

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/build/apptest"
	"claude-max-api-proxy/proxy/claude/claudetest"
	"claude-max-api-proxy/proxy/offline"
)

// patience bounds every wait; it is used up only when a test fails.
const patience = 3 * time.Minute

// proxy is the built command as a user runs it, with an offline model in
// Anthropic's place.
type proxy struct {
	config  string // its settings file
	baseURL string
	model   *offline.Server
}

// apiKey is what clients must send.
const apiKey = "sesame-street"

// startProxy starts the program in front of a CLI, until the test ends.
func startProxy(t *testing.T, program, cli string) *proxy {
	t.Helper()
	model, err := offline.Start(offline.Config{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, model.Close()) })

	home := t.TempDir()
	config := filepath.Join(home, "settings.json")
	_, err = apptest.Settings(config, cli, claudetest.Environment(home, model.URL()), map[string]any{"listen": "127.0.0.1", "api_key": apiKey})
	require.NoError(t, err)
	command := exec.Command(program, "serve", "--config", config)
	command.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home}
	var said, log apptest.Output
	command.Stdout, command.Stderr = &said, &log
	process, err := apptest.Start(command)
	require.NoError(t, err)
	t.Cleanup(func() {
		process.Terminate()
		assert.Zero(t, process.ExitCode(t, patience), "the proxy's exit code")
		if t.Failed() {
			t.Logf("stderr of the proxy:\n%s", &log)
		}
	})
	p := &proxy{config: config, model: model}
	apptest.Await(t, patience, "the proxy to say where it listens", func() bool {
		require.True(t, process.Running(), "the proxy has ended")
		_, rest, _ := strings.Cut(said.String(), "Base URL: ")
		p.baseURL, _, _ = strings.Cut(rest, " ")
		return strings.Contains(rest, "\n")
	})
	return p
}
