//go:build linux

package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The D-Bus library would start a session with dbus-launch, which nobody ends.
func TestWithoutADesktopTheBareCommandServes(t *testing.T) {
	desktopTest(t)
	bin := t.TempDir()
	trace := filepath.Join(bin, "launched")
	require.NoError(t, os.WriteFile(filepath.Join(bin, "dbus-launch"), []byte("#!/bin/sh\necho x >"+trace+"\nexec /usr/bin/dbus-launch \"$@\"\n"), 0o755))
	var env []string
	if _, err := os.Stat(fmt.Sprintf("/run/user/%d/bus", os.Getuid())); err == nil {
		env = []string{"DBUS_SESSION_BUS_ADDRESS=unix:path=/nowhere/bus"} // the tester's own would be found
	}
	a := prepare(t, launch{bare: true, cli: withoutCLI})
	a.begin(launch{bare: true, path: bin + ":" + os.Getenv("PATH"), env: env})
	a.awaitHealth(always)

	a.await("the last line", func() bool { return strings.Contains(a.stdout.String(), "Stop with Ctrl-C.\n") })
	said := strings.Split(a.stdout.String(), "\n")
	assert.Equal(t, "There is no tray icon, because there is no D-Bus session: this is as claude-max-api serve.", said[0])
	assert.Equal(t, 1, strings.Count(a.stdout.String(), "icon"))
	assert.Contains(t, a.stdout.String(), "Base URL: "+a.baseURL())
	assert.NoFileExists(t, trace)
	assert.Equal(t, []int{a.process.PID()}, slices.Collect(maps.Keys(a.relatives())), "processes besides the app")

	a.signal(syscall.SIGINT)
	assert.Equal(t, exitOK, a.exitCode())
	assert.NoFileExists(t, trace)
	assert.Empty(t, a.relatives())
}
