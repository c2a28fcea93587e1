//go:build unix && !darwin

package autostart

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// odd is what paths and arguments may well be.
var odd = []string{"tray", "", "two words", "--flag=ö", "a;b", "#x", "~", "(y)", "a'b", "<&>|"}

func TestTheEntryIsAValidDesktopFile(t *testing.T) {
	validate := tool(t, "desktop-file-validate")
	e := entry(t, "two words & more/app", odd...)
	require.NoError(t, e.Enable())
	out, err := exec.Command(validate, e.path()).CombinedOutput()
	require.NoError(t, err, "%s", out)
	assert.Empty(t, string(out))
}

// A session manager and GLib each have their own reading of an Exec line.
func TestASessionStartsTheEntryWithItsArguments(t *testing.T) {
	for name, command := range map[string]func(Entry) []string{
		"dex": func(Entry) []string { return []string{"-a", "-e", "XFCE"} },
		"gio": func(e Entry) []string { return []string{"launch", e.path()} },
	} {
		t.Run(name, func(t *testing.T) {
			session := tool(t, name)
			e := entry(t, "two words & more/app", odd...)
			require.NoError(t, e.Enable())
			out, err := exec.Command(session, command(e)...).CombinedOutput()
			require.NoError(t, err, "%s", out)
			require.Eventually(t, func() bool { return exists(e.Executable + ".ran") }, 10*time.Second, 10*time.Millisecond, "%s", out)
			got, err := os.ReadFile(e.Executable + ".ran")
			require.NoError(t, err)
			assert.Equal(t, strings.Join(odd, "\n")+"\n", string(got))
		})
	}
}

func TestWhatTheDesktopSwitchedOffStaysOffUntilAsked(t *testing.T) {
	for _, off := range []string{"Hidden=true", "X-GNOME-Autostart-enabled=false"} {
		key, _, _ := strings.Cut(off, "=") // the test's folder has this name
		t.Run(key, func(t *testing.T) {
			e := entry(t, "app")
			require.NoError(t, e.Enable())
			f, err := os.OpenFile(e.path(), os.O_APPEND|os.O_WRONLY, 0)
			require.NoError(t, err)
			_, err = f.WriteString(off + "\n")
			require.NoError(t, err)
			require.NoError(t, f.Close())
			requireEnabled(t, e, false)

			moved := e
			moved.Executable = program(t, "moved")
			repaired, err := moved.Repair()
			require.NoError(t, err)
			assert.False(t, repaired)
			requireEnabled(t, e, false)

			require.NoError(t, e.Enable())
			requireEnabled(t, e, true)
		})
	}
}

func TestTheEntryIsWhereTheSessionLooks(t *testing.T) {
	self, err := os.Executable()
	require.NoError(t, err)
	app := program(t, "app")
	home := t.TempDir()
	for name, c := range map[string]struct {
		env  []string
		path string
		says string
	}{
		"by default":      {[]string{"HOME=" + home}, home + "/.config/autostart/autostart-test.desktop", ""},
		"XDG_CONFIG_HOME": {[]string{"HOME=" + home, "XDG_CONFIG_HOME=" + home + "/else"}, home + "/else/autostart/autostart-test.desktop", ""},
		"without a home":  {nil, "", "HOME is not set"},
	} {
		t.Run(name, func(t *testing.T) {
			cmd := exec.Command(self)
			cmd.Dir = t.TempDir()
			cmd.Env = append(c.env, roleVariable+"="+app)
			out, err := cmd.Output()
			if c.says != "" {
				assert.Error(t, err)
				assert.Contains(t, string(out), c.says)
				left, err := filepath.Glob(cmd.Dir + "/.*")
				require.NoError(t, err)
				assert.Empty(t, left, "nothing in the current folder")
				return
			}
			require.NoError(t, err, "%s", out)
			assert.Equal(t, c.path, strings.TrimSpace(string(out)))
			assert.FileExists(t, c.path)
		})
	}
}

// tool gives the path of a program that judges our files from outside. CI has it.
func tool(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("%s is not there: %v", name, err)
		}
		t.Skipf("%s is not there: %v", name, err)
	}
	return path
}
