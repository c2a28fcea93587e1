//go:build linux

package main

import (
	"net/http"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/assets"
	"claude-max-api-proxy/build/apptest"
	"claude-max-api-proxy/proxy/claude/claudetest"
)

// trayApp is the app with an icon, on a desktop that consists of a bus, a panel and a
// notification daemon, all of them the test's.
type trayApp struct {
	*launched
	trayItem

	desk    *sessionBus
	panel   *panel
	notices *notices
}

// withoutCLI is a setting for tests that ask no question: the app then needs attention, and
// answers all the same.
const withoutCLI = "/nowhere/claude"

// desktopTest is for tests that start the app with an icon. They wait more than they
// work, so they run beside each other.
func desktopTest(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("starts the built command")
	}
	t.Parallel()
}

// startTray starts the app and waits for its icon and its menu.
func startTray(t *testing.T, l launch) *trayApp {
	t.Helper()
	desk := startBus(t)
	a := &trayApp{desk: desk, panel: desk.showIcons(), notices: desk.showNotices(nil)}
	a.launch(t, l)
	a.trayItem = a.panel.item()
	await(t, "the menu", func() bool { return len(a.menu()) > 1 })
	return a
}

// launch starts the app on the desktop.
func (a *trayApp) launch(t *testing.T, l launch) {
	t.Helper()
	l.bare = true
	a.launched = prepare(t, l)
	l.env = append(l.env, "DBUS_SESSION_BUS_ADDRESS="+a.desk.address)
	a.begin(l)
}

// startWarmTray starts the app in front of a real CLI.
func startWarmTray(t *testing.T, l launch) *trayApp {
	t.Helper()
	l.cli = claudetest.Either(t)
	a := startTray(t, l)
	a.awaitWarm()
	a.trayItem.awaitStatus("Running · " + a.baseURL())
	return a
}

// port is the one that the app was started with.
func (a *launched) port() string { return a.url[strings.LastIndex(a.url, ":")+1:] }

// baseURL is what a person gives to a client.
func (a *launched) baseURL() string { return "http://localhost:" + a.port() + "/v1" }

// refuses says whether nobody listens at the app's port.
func (a *launched) refuses() bool {
	port, err := strconv.Atoi(a.port())
	require.NoError(a.t, err)
	return !apptest.Listens("127.0.0.1", port) && !apptest.Listens("::1", port)
}

// relatives are the app and all that it has started, the CLI apart.
func (a *launched) relatives() map[int]string { return claudetest.ProcessesWith("HOME=" + a.home) }

// quit clicks Quit: the app ends in good order, and so does all that it has started.
func (a *trayApp) quit() {
	a.launched.t.Helper()
	a.click("Quit")
	assert.Equal(a.launched.t, exitOK, a.exitCode())
	a.awaitNoProcesses()
	a.launched.await("the end of all processes", func() bool { return len(a.relatives()) == 0 })
	assert.True(a.launched.t, a.refuses())
}

func TestTheIconAndTheMenuSayHowTheProxyIs(t *testing.T) {
	desktopTest(t)
	a := startWarmTray(t, launch{})
	const running = `(Running · http://localhost:PORT/v1)
(Requests: 0 · failed 0)
---
Copy Base URL
Copy OpenClaw Config
Set Up OpenClaw…
---
Stop Proxy
Restart Proxy
---
[ ] Launch at Login
[x] Notifications
Open Log
---
About Claude Max API Proxy
Quit
`
	a.awaitMenu(running, a.port(), "PORT")
	a.awaitIcon(assets.Running)
	assert.Equal(t, "claude-max-api", a.text("Title"))
	assert.Equal(t, "claude-max-api", a.text("Id"))
	assert.Equal(t, "Active", a.text("Status"))
	assert.Equal(t, "Claude Max API Proxy: Running · "+a.baseURL(), a.tooltip())

	require.Equal(t, http.StatusOK, a.curl(completions, chat(false, "hi")).status)
	a.awaitMenu(strings.Replace(running, "Requests: 0", "Requests: 1", 1), a.port(), "PORT")
	a.quit()
}

func TestAMissingCLIIsSeenInTheTray(t *testing.T) {
	desktopTest(t)
	a := startTray(t, launch{cli: withoutCLI})
	a.awaitMenu(`(Claude Code CLI not usable)
(Correct the path (--claude, or claude in the settings file), or leave it out to search fo…)
(Requests: 0 · failed 0)
---
Copy Base URL
Copy OpenClaw Config
Set Up OpenClaw…
---
Stop Proxy
Restart Proxy
---
[ ] Launch at Login
[x] Notifications
Open Log
---
About Claude Max API Proxy
Quit
`)
	a.awaitIcon(assets.Attention)
	assert.Equal(t, "Claude Max API Proxy: Claude Code CLI not usable", a.tooltip())
	assert.Contains(t, a.notices.await("Claude Code is not usable").body, withoutCLI)
	a.quit()
}

func TestTheTrayEndsWithTheSession(t *testing.T) {
	desktopTest(t)
	a := startTray(t, launch{cli: withoutCLI})
	a.signal(syscall.SIGTERM)
	assert.Equal(t, exitOK, a.exitCode())
	log := filepath.Join(a.home, ".local", "state", "claude-max-api", "claude-max-api.log")
	assert.FileExists(t, log)
}

// TestTheEndOfTheBusEndsOnlyTheIcon: a logout, or a crash of the bus, takes the icon
// away; the tray library panics when it is touched after that.
func TestTheEndOfTheBusEndsOnlyTheIcon(t *testing.T) {
	desktopTest(t)
	a := startTray(t, launch{cli: withoutCLI})
	require.NoError(t, a.desk.daemon.Process.Kill())
	for _, action := range []string{"stop", "start", "restart", "stop", "start"} {
		out, err := a.remote(action)
		require.NoError(t, err, "%s: %s", action, out)
	}
	_, err := a.health()
	require.NoError(t, err, "it answers without an icon")
	out, err := a.remote("quit")
	require.NoError(t, err, out)
	assert.Equal(t, exitOK, a.exitCode())
	assert.NotContains(t, a.stderr.String(), "panic")
}

// remote runs a command that talks to the running app.
func (a *launched) remote(command string) (string, error) {
	c := exec.CommandContext(a.context(), a.process.Command.Path, command)
	c.Env = a.process.Command.Env
	out, err := c.CombinedOutput()
	return string(out), err
}
