//go:build linux

package main

import (
	"bytes"
	endian "encoding/binary"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"claude-max-api-proxy/assets"
)

func TestTheMenuStopsStartsAndRestartsTheProxy(t *testing.T) {
	desktopTest(t)
	a := startWarmTray(t, launch{})
	hi := chat(false, "offline:echo(hi)")
	require.Equal(t, http.StatusOK, a.curl(completions, hi).status)

	a.click("Stop Proxy")
	a.awaitMenu(`(Stopped)
---
(Copy Base URL)
(Copy OpenClaw Config)
(Set Up OpenClaw…)
---
Start Proxy
(Restart Proxy)
---
[ ] Launch at Login
[x] Notifications
Open Log
---
About Claude Max API Proxy
Quit
`)
	assert.True(t, a.refuses())
	a.awaitIcon(assets.Stopped)
	assert.Equal(t, "Claude Max API Proxy: Stopped", a.tooltip())
	a.awaitNoProcesses()

	a.click("Start Proxy")
	a.awaitStatus("Running · " + a.baseURL())
	assert.Equal(t, http.StatusOK, a.curl(completions, hi).status)
	a.awaitIcon(assets.Running)

	before := pids(a.launched)
	a.click("Restart Proxy")
	a.launched.await("other processes", func() bool {
		for _, pid := range before {
			if _, still := a.processes()[pid]; still {
				return false
			}
		}
		return true
	})
	a.launched.await("a run that counts anew", func() bool {
		_, ok := a.menu().line("Requests: 0 · failed 0")
		return ok
	})
	assert.Equal(t, "Running · "+a.baseURL(), a.status())
	assert.Equal(t, http.StatusOK, a.curl(completions, hi).status)
	a.quit()
}

// Over D-Bus anybody can click a line that is greyed out.
func TestAGreyedLineDoesNothing(t *testing.T) {
	desktopTest(t)
	a := startTray(t, launch{cli: withoutCLI})
	a.click("Stop Proxy")
	a.awaitStatus("Stopped")
	for _, label := range []string{"Stopped", "Copy Base URL", "Restart Proxy"} {
		l, ok := a.menu().line(label)
		require.True(t, ok && !l.enabled, label)
		a.clickLine(l)
	}
	a.click("About Claude Max API Proxy") // what is clicked later comes later
	a.notices.await("About Claude Max API Proxy")
	assert.Equal(t, "Stopped", a.status())
	assert.True(t, a.refuses())
	assert.Empty(t, a.notices.titled("Base URL (the clipboard does not work)"))
	a.quit()
}

func TestWithoutAClipboardTheURLIsShown(t *testing.T) {
	desktopTest(t)
	a := startTray(t, launch{cli: withoutCLI, path: t.TempDir()}) // no xclip, xsel or wl-copy
	a.click("Copy Base URL")
	n := a.notices.await("Base URL (the clipboard does not work)")
	assert.Equal(t, a.baseURL(), n.body)
	a.quit()
}

// The tray library drops a click that nobody waits for at that very moment.
func TestFiftyQuickClicksAreAllHandled(t *testing.T) {
	desktopTest(t)
	a := startTray(t, launch{cli: withoutCLI, home: homeInMemory(t)})
	l, ok := a.menu().line("Notifications")
	require.True(t, ok && l.checked)
	const clicks = 50
	saved := savings(t, a.config)
	for range clicks {
		a.clickLine(l)
	}
	seen := 0
	defer func() { t.Logf("%d clicks were saved", seen) }()
	a.launched.await("every click to be saved", func() bool { seen += saved(); return seen >= clicks })
	a.click("Notifications") // one more, which comes behind all of them
	a.launched.await("one more click to be saved", func() bool { seen += saved(); return seen > clicks })
	assert.Equal(t, false, a.saved()["notifications"], "after an odd number of clicks")
	a.awaitChecked("Notifications", false)
	assert.Equal(t, clicks+1, seen+saved())
	a.quit()
}

// homeInMemory is for many writes: each waits for the disk, which can take a second.
func homeInMemory(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "cmx")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	return dir
}

// savings counts how often a file was replaced since it was asked last.
func savings(t *testing.T, path string) func() int {
	t.Helper()
	watch, err := unix.InotifyInit1(unix.IN_NONBLOCK | unix.IN_CLOEXEC)
	require.NoError(t, err)
	t.Cleanup(func() { _ = unix.Close(watch) })
	// With the disappearing of the temporary names in between: the kernel makes one
	// event of several that are the same.
	_, err = unix.InotifyAddWatch(watch, filepath.Dir(path), unix.IN_MOVED_FROM|unix.IN_MOVED_TO)
	require.NoError(t, err)
	name := append([]byte(filepath.Base(path)), 0)
	return func() (n int) {
		buffer := make([]byte, 64<<10)
		got, err := unix.Read(watch, buffer)
		if errors.Is(err, unix.EAGAIN) {
			return 0
		}
		require.NoError(t, err)
		for rest := buffer[:got]; len(rest) > 0; {
			end := unix.SizeofInotifyEvent + int(endian.NativeEndian.Uint32(rest[12:]))
			if bytes.HasPrefix(rest[unix.SizeofInotifyEvent:end], name) {
				n++
			}
			rest = rest[end:]
		}
		return n
	}
}

// saved is the settings file.
func (a *launched) saved() (content map[string]any) {
	a.t.Helper()
	text, err := os.ReadFile(a.config)
	require.NoError(a.t, err)
	require.NoError(a.t, json.Unmarshal(text, &content))
	return content
}
