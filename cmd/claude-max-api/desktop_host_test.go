//go:build linux

package main

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"claude-max-api-proxy/proxy/claude/claudetest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTheIconComesBackWithThePanel(t *testing.T) {
	desktopTest(t)
	a := startTray(t, launch{cli: withoutCLI})
	shown := a.notices.await("Claude Code is not usable")

	a.panel.vanish()
	a.panel = a.desk.showIcons()
	a.trayItem = a.panel.item()
	a.awaitStatus("Claude Code CLI not usable")

	// The tray library takes a signal that is not for it for the end of everything,
	// on a connection that it shares with notifications.
	a.notices.close(shown)
	a.panel.vanish()
	a.panel = a.desk.showIcons()
	a.trayItem = a.panel.item()
	a.awaitStatus("Claude Code CLI not usable")
	a.quit()
}

// As on GNOME without its extension, or with a panel that starts late.
func TestADesktopThatShowsNoIconsIsToldOnce(t *testing.T) {
	desktopTest(t)
	desk := startBus(t)
	a := &trayApp{desk: desk, notices: desk.showNotices(nil)}
	began := time.Now()
	a.launch(t, launch{cli: withoutCLI})
	a.awaitHealth(always)

	const title, line = "The app is running, but without an icon", "nothing on this desktop shows tray icons yet"
	n := a.notices.await(title)
	assert.Greater(t, time.Since(began), 9*time.Second, "a panel may need so long after a login")
	assert.Contains(t, n.body, "claude-max-api status")
	assert.Equal(t, 1, strings.Count(a.stderr.String(), line))

	a.panel = desk.showIcons()
	a.trayItem = a.panel.item()
	a.awaitStatus("Claude Code CLI not usable")
	assert.Len(t, a.notices.titled(title), 1)
	a.quit()
	assert.Equal(t, 1, strings.Count(a.stderr.String(), line))
}

func TestAFrozenNotificationDaemonStopsNothing(t *testing.T) {
	desktopTest(t)
	thaw := make(chan struct{})
	desk := startBus(t)
	t.Cleanup(func() { close(thaw) }) // before the daemon's connection is closed
	a := &trayApp{desk: desk, panel: desk.showIcons(), notices: desk.showNotices(thaw)}
	a.launch(t, launch{cli: claudetest.Either(t)})
	a.trayItem = a.panel.item()
	a.awaitWarm()
	a.click("About Claude Max API Proxy")
	a.notices.await("About Claude Max API Proxy")

	a.click("About Claude Max API Proxy")
	require.Equal(t, http.StatusOK, a.curl(completions, chat(false, "hi")).status)
	a.click("Stop Proxy")
	a.awaitStatus("Stopped")
	a.click("Start Proxy")
	a.awaitStatus("Running · " + a.baseURL())
	require.Equal(t, http.StatusOK, a.curl(completions, chat(false, "hi")).status)
	a.click("Notifications")
	a.awaitChecked("Notifications", false)
	began := time.Now()
	a.quit()
	assert.Less(t, time.Since(began), 10*time.Second)
}
