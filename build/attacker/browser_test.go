//go:build unix

package attacker

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"claude-max-api-proxy/build/apptest"

	"github.com/stretchr/testify/require"
)

// browse opens the address in a fresh Chromium, which nothing but the page's
// server hears of, until closed is called.
func browse(t *testing.T, chromium, url string) (closed func()) {
	t.Helper()
	profile, err := os.MkdirTemp("", "chromium")
	require.NoError(t, err)
	command := exec.Command(
		chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage",
		"--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
		"--disable-crash-reporter", "--disable-extensions", "--disable-popup-blocking", "--metrics-recording-only",
		"--no-proxy-server", "--user-data-dir="+profile,
		// Names of the public net, as a hostile page's server resolves them. Those of
		// the browser's maker do not exist.
		"--host-resolver-rules=MAP rebound.test "+rebound+", MAP *.test 127.0.0.1, MAP localhost. 127.0.0.1, MAP *.com ~NOTFOUND",
		url,
	)
	command.Env = append(os.Environ(), "HOME="+profile, "XDG_CONFIG_HOME="+profile, "XDG_CACHE_HOME="+profile)
	var said bytes.Buffer
	command.Stdout, command.Stderr = &said, &said
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	require.NoError(t, command.Start())
	return func() {
		// Its helpers too, which write to the profile until they end.
		_ = syscall.Kill(-command.Process.Pid, syscall.SIGKILL)
		_ = command.Wait() // it was killed
		if t.Failed() {
			for line := range strings.Lines(said.String()) {
				if !strings.Contains(line, "dbus") { // of which there is none
					t.Log("Chromium: ", strings.TrimSpace(line))
				}
			}
		}
		apptest.Await(t, patience, "the end of Chromium's helpers", func() bool { return os.RemoveAll(profile) == nil })
	}
}
