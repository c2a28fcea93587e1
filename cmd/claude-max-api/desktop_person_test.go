//go:build linux

package main

import (
	"bytes"
	"image"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/assets"
	"claude-max-api-proxy/proxy/claude/claudetest"
	"claude-max-api-proxy/proxy/offline"
)

// The whole way of a person who has installed the app, from login to Quit.
func TestAPersonWorksWithTheTray(t *testing.T) {
	desktopTest(t)
	var lost atomic.Bool // the login
	a, s := login(t, func(r *offline.Request) offline.Reply {
		if lost.Load() {
			return offline.Fail(http.StatusUnauthorized, "authentication_error", "OAuth token has expired.")
		}
		return offline.Demo(r)
	})
	item := s.item()
	item.awaitStatus("Running · " + a.baseURL())
	s.awaitColour(assets.Running)
	s.park()
	s.keep("1-icon")

	s.openMenu(lineCount(item))
	s.park()
	s.keep("2-menu")
	s.keys("Escape")
	s.awaitNoMenu()
	s.choose(item, "Copy Base URL")
	copied := ""
	a.await("the URL on the clipboard", func() bool {
		out, err := s.command("xclip", "-o", "-selection", "clipboard").Output()
		copied = string(out)
		return err == nil && copied != ""
	})
	require.Equal(t, a.baseURL(), copied)
	client := *a
	client.url = copied
	hi := chat(false, "offline:echo(hi there)")
	r := client.curl("/chat/completions", hi)
	require.Equal(t, http.StatusOK, r.status, "%s", r.body)
	assert.Contains(t, string(r.body), "hi there")

	lost.Store(true)
	assert.Equal(t, http.StatusUnauthorized, client.curl("/chat/completions", hi).status)
	item.awaitStatus("Sign-in needed")
	item.awaitIcon(assets.Attention)
	s.park()
	s.awaitColour(assets.Attention)
	a.await("a popup", func() bool { return len(s.popups()) > 0 })
	s.keep("3-popup")
	s.clickAt(s.popups()[0])
	a.await("the popup to close", func() bool { return len(s.popups()) == 0 })
	s.openMenu(lineCount(item))
	s.park()
	s.keep("4-attention-menu")
	s.keys("Escape")
	s.awaitNoMenu()

	lost.Store(false)
	require.Equal(t, http.StatusOK, client.curl("/chat/completions", hi).status)
	item.awaitStatus("Running · " + a.baseURL())
	s.awaitColour(assets.Running)
	s.keep("5-running-again")

	s.chooseByKeys(item, "Stop Proxy")
	item.awaitStatus("Stopped")
	item.awaitIcon(assets.Stopped)
	assert.True(t, a.refuses())
	s.park()
	s.awaitColour(assets.Stopped)
	s.keep("6-stopped")

	s.choose(item, "Quit")
	a.await("the end of the app", func() bool { return len(a.apps()) == 0 })
	a.awaitNoProcesses()
	a.await("an empty tray", func() bool {
		for _, w := range s.windows(panelParts) {
			if has(s.picture(), w, colourOf(drawn(assets.Stopped))) {
				return false
			}
		}
		return true
	})
	s.keep("7-after-quit")
}

func TestTheIconIsBackAfterTheRealPanelHasDied(t *testing.T) {
	desktopTest(t)
	a, s := login(t, nil)
	item := s.item()
	item.awaitStatus("Running · " + a.baseURL())
	s.awaitColour(assets.Running)

	require.NoError(t, s.panel.Process.Kill())
	await(t, "the end of the panel", func() bool { return !s.bus.owned(watcherName) })
	await(t, "the end of what it showed", func() bool { return len(s.windows(panelParts)) == 0 })
	s.startPanel()
	s.awaitColour(assets.Running)
	s.choose(s.item(), "Quit")
	a.await("the end of the app", func() bool { return len(a.apps()) == 0 })
}

// login switches launch at login on, and then logs in: the session's manager starts
// the app from its entry, with the PATH that a desktop has.
func login(t *testing.T, respond func(*offline.Request) offline.Reply) (*launched, *screen) {
	t.Helper()
	program := installed(t)
	a := prepare(t, launch{bare: true, cli: claudetest.Either(t), respond: respond})
	s := startScreen(t, a.home)

	on := s.command(program, "autostart", "on").run()
	require.Equal(t, "Launch at login is on.\n", on)
	require.FileExists(t, a.loginEntry())
	require.Empty(t, a.apps())
	t.Cleanup(func() { // in good order, when the test has failed
		for pid := range a.apps() {
			_ = syscall.Kill(pid, syscall.SIGTERM)
		}
		a.await("the end of the app", func() bool { return len(a.apps()) == 0 })
		if t.Failed() {
			log, _ := os.ReadFile(filepath.Join(a.home, ".local", "state", "claude-max-api", "claude-max-api.log"))
			t.Logf("the app's log:\n%s", log)
		}
	})
	// Without pipes: the app that it starts inherits them.
	require.NoError(t, s.command("dex", "-a", "-e", "XFCE").Run())
	a.await("the proxy", func() bool { h, err := a.health(); return err == nil && h.Processes.Warm > 0 })
	return a, s
}

// apps are the running apps of the home.
func (a *launched) apps() map[int]string {
	found := a.relatives()
	for pid, command := range found {
		name, _, _ := strings.Cut(command, "\x00")
		if filepath.Base(name) != "claude-max-api" {
			delete(found, pid)
		}
	}
	return found
}

// item finds the icon where the panel has it.
func (s *screen) item() (i trayItem) {
	s.t.Helper()
	await(s.t, "the icon to register", func() bool {
		var names []string
		if s.bus.conn.BusObject().CallWithContext(s.bus.context(), "org.freedesktop.DBus.ListNames", 0).Store(&names) != nil {
			return false
		}
		for _, name := range names {
			if strings.HasPrefix(name, itemName+"-") {
				i = trayItem{s.bus, name, "/StatusNotifierItem"}
				return len(i.menu()) > 1
			}
		}
		return false
	})
	return i
}

// awaitColour waits until the panel shows the icon of a state.
func (s *screen) awaitColour(icon assets.Icon) {
	s.t.Helper()
	want := colourOf(drawn(icon))
	await(s.t, "the icon "+string(icon)+" in the panel", func() bool { return has(s.picture(), s.icon(), want) })
}

// popups are the notifications that are shown.
func (s *screen) popups() []image.Rectangle { return s.windows("dunst") }

// lineCount is how many lines of text the menu has.
func lineCount(i trayItem) int {
	return bytes.Count([]byte(strings.ReplaceAll("\n"+i.menu().String(), "\n---", "")), []byte("\n")) - 1
}
