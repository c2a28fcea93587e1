//go:build linux

package main

import (
	"bufio"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/assets"
	"claude-max-api-proxy/build/apptest"
)

func TestTheNotificationsLineIsASetting(t *testing.T) {
	desktopTest(t)
	a := startTray(t, launch{cli: withoutCLI})
	a.awaitChecked("Notifications", true)
	before := a.saved()
	a.click("Notifications")
	a.awaitChecked("Notifications", false)
	before["notifications"] = false
	assert.Equal(t, before, a.saved(), "nothing else is changed")
	info, err := os.Stat(a.config)
	require.NoError(t, err)
	assert.Equal(t, fs.FileMode(0o600), info.Mode().Perm())

	a.click("Notifications")
	a.awaitChecked("Notifications", true)
	assert.Equal(t, true, a.saved()["notifications"])
	a.quit()
}

func TestAChangedPortTakesEffect(t *testing.T) {
	desktopTest(t)
	a := startWarmTray(t, launch{})
	former := *a.launched
	port, err := apptest.FreePort()
	require.NoError(t, err)
	content := a.saved()
	content["port"] = port
	require.NoError(t, os.WriteFile(a.config, []byte(marshal(content)), 0o600))

	a.url = fmt.Sprintf("http://127.0.0.1:%d", port)
	a.launched.await("the proxy at the new port", func() bool { _, err := a.health(); return err == nil })
	assert.True(t, former.refuses())
	a.awaitStatus("Running · " + a.baseURL())
	a.quit()
}

// occupy has another program listen at a port until the test ends.
func occupy(t *testing.T, port int) *exec.Cmd {
	t.Helper()
	other := exec.Command(apptest.Tool(t, "busy_server"), strconv.Itoa(port))
	in, err := other.StdinPipe()
	require.NoError(t, err)
	out, err := other.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, other.Start())
	t.Cleanup(func() {
		_ = in.Close()
		require.NoError(t, other.Wait())
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "listening\n", line)
	return other
}

func TestATakenPortIsExplainedAndAnotherOneOffered(t *testing.T) {
	desktopTest(t)
	taken, err := apptest.FreePort()
	require.NoError(t, err)
	other := occupy(t, taken)
	a := startTray(t, launch{cli: withoutCLI, settings: map[string]any{"port": taken}})

	holder := fmt.Sprintf("busy_server (process %d)", other.Process.Pid)
	a.awaitStatus(fmt.Sprintf("Error: port %d is used by %s", taken, holder))
	a.awaitIcon(assets.Error)
	assert.Equal(t, "Claude Max API Proxy: "+a.status(), a.tooltip())
	var offered int
	for _, l := range a.menu() {
		_, _ = fmt.Sscanf(l.label, "Use Port %d Instead", &offered)
	}
	require.Greater(t, offered, taken)
	instead := fmt.Sprintf("Use Port %d Instead", offered)
	n := a.notices.await(fmt.Sprintf("Port %d is in use", taken))
	assert.Contains(t, n.body, holder)
	assert.Contains(t, n.body, instead)

	a.click(instead)
	a.url = fmt.Sprintf("http://127.0.0.1:%d", offered)
	a.launched.await("the proxy at the offered port", func() bool { _, err := a.health(); return err == nil })
	assert.EqualValues(t, offered, a.saved()["port"])
	a.awaitIcon(assets.Attention) // there is no CLI
	_, there := a.menu().line(instead)
	assert.False(t, there, "it is done")
	a.quit()
}
