package conformance

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

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
	claudeEnv := map[string]string{}
	for _, pair := range claudetest.Environment(home, model.URL()) {
		key, value, _ := strings.Cut(pair, "=")
		claudeEnv[key] = value
	}
	settings, err := json.Marshal(map[string]any{
		"port": freePort(t), "listen": "127.0.0.1", "claude": cli, "claude_env": claudeEnv, "api_key": apiKey,
	})
	require.NoError(t, err)
	config := filepath.Join(home, "settings.json")
	require.NoError(t, os.WriteFile(config, settings, 0o600))

	ctx, stop := context.WithCancel(context.Background())
	command := exec.CommandContext(ctx, program, "serve", "--config", config)
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) }
	command.WaitDelay = patience // then it is killed
	command.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home}
	var log bytes.Buffer
	command.Stderr = &log
	stdout, err := command.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, command.Start())
	t.Cleanup(func() {
		stop()
		_ = command.Wait() // it says that it was stopped
		assert.Zero(t, command.ProcessState.ExitCode(), "the proxy's exit code")
		if t.Failed() {
			t.Logf("stderr of the proxy:\n%s", log.String())
		}
	})
	p := &proxy{config: config, model: model}
	for lines := bufio.NewScanner(stdout); p.baseURL == "" && lines.Scan(); {
		if rest, ok := strings.CutPrefix(lines.Text(), "Base URL: "); ok {
			p.baseURL, _, _ = strings.Cut(rest, " ")
		}
	}
	require.NotEmpty(t, p.baseURL, "the proxy did not say where it listens")
	return p
}

// freePort is one that nobody had a moment ago.
func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, l.Close())
	return l.Addr().(*net.TCPAddr).Port
}
