//go:build linux

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"claude-max-api-proxy/build/apptest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// installed puts the command where a person might have installed it: launch at
// login refuses a program in a temporary folder, where the tests build theirs.
func installed(t *testing.T) string {
	t.Helper()
	built, err := binary()
	require.NoError(t, err)
	dir := permanentDir(t)
	program := filepath.Join(dir, "claude-max-api")
	content, err := os.ReadFile(built)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(program, content, 0o755))
	return program
}

// permanentDir makes a folder that goes with the test and is not a temporary one for
// the command: below the checkout, whose bin is ignored, or in the user's cache, or
// where programs go, when the checkout itself lies in a temporary place.
func permanentDir(t *testing.T) string {
	t.Helper()
	places := []string{filepath.Join("..", "..", "bin")}
	if cache, err := os.UserCacheDir(); err == nil {
		places = append(places, cache)
	}
	places = append(places, "/opt", "/var/lib", "/srv") // where root may, in a container
	for _, place := range places {
		place, err := filepath.Abs(place)
		require.NoError(t, err)
		if real, err := filepath.EvalSymlinks(place); err == nil {
			place = real
		}
		if inTemporaryPlace(place) || os.MkdirAll(place, 0o755) != nil {
			continue
		}
		dir, err := os.MkdirTemp(place, "claude-max-api-test-")
		if err != nil {
			continue
		}
		t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
		return dir
	}
	t.Fatalf("launch at login needs a program outside of temporary folders, and none of %q is", places)
	return ""
}

func inTemporaryPlace(path string) bool {
	for _, temporary := range []string{os.TempDir(), "/tmp", "/var/tmp"} {
		if below, err := filepath.Rel(temporary, path); err == nil && filepath.IsLocal(below) {
			return true
		}
	}
	return false
}

// loginEntry is where the desktop looks for what it starts at login.
func (a *launched) loginEntry() string {
	return filepath.Join(a.home, ".config", "autostart", "claude-max-api.desktop")
}

func TestLaunchAtLoginIsWhatIsOnDisk(t *testing.T) {
	desktopTest(t)
	validate := apptest.Tool(t, "desktop-file-validate")
	program := installed(t)
	a := startTray(t, launch{cli: withoutCLI, program: program})
	a.awaitChecked("Launch at Login", false)

	a.click("Launch at Login")
	a.awaitChecked("Launch at Login", true)
	said, err := exec.Command(validate, a.loginEntry()).CombinedOutput()
	assert.NoError(t, err, "%s", said)
	assert.Empty(t, string(said), "desktop-file-validate")
	entry, err := os.ReadFile(a.loginEntry())
	require.NoError(t, err)
	assert.Contains(t, strings.Split(string(entry), "\n"), `Exec="`+program+`"`)

	a.click("Launch at Login")
	a.awaitChecked("Launch at Login", false)
	assert.NoFileExists(t, a.loginEntry())

	a.click("Launch at Login")
	a.awaitChecked("Launch at Login", true)
	require.NoError(t, os.Remove(a.loginEntry()))
	removed := time.Now()
	a.awaitChecked("Launch at Login", false)
	assert.Less(t, time.Since(removed), 10*time.Second, "it is looked at every 5 s")
	a.quit()
}

func TestAProgramInATemporaryFolderIsNotLaunchedAtLogin(t *testing.T) {
	desktopTest(t)
	a := startTray(t, launch{cli: withoutCLI})
	a.awaitChecked("Launch at Login", false)
	a.click("Launch at Login")
	assert.Contains(t, a.notices.await("Launch at login could not be changed").body, "temporary place")
	assert.NoFileExists(t, a.loginEntry())
	a.awaitChecked("Launch at Login", false)
	a.quit()
}
