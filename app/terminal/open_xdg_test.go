//go:build unix && !darwin

package terminal

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// screen is a desktop with stubs for terminal programs. Each stub notes its name and
// arguments in the file "started"; what it does then is its own.
type screen struct {
	desktop
	t   *testing.T
	dir string
}

const (
	ends  = "exit 0"
	fails = "exit 1"
	// stays says in the pipe "there" who it is, until something is in the pipe "end".
	stays = `echo $$ >"$dir/there"; read -r _ <"$dir/end"`
)

func newScreen(t *testing.T, stubs map[string]string) *screen {
	t.Helper()
	s := &screen{t: t, dir: t.TempDir()}
	for name, behaviour := range stubs {
		script := "#!/bin/sh\ndir=" + quote(s.dir) + "\necho " + name + ` "$@" >>"$dir/started"` + "\n" + behaviour + "\n"
		require.NoError(t, os.WriteFile(filepath.Join(s.dir, name), []byte(script), 0o700))
	}
	for _, pipe := range []string{"there", "end"} {
		require.NoError(t, unix.Mkfifo(filepath.Join(s.dir, pipe), 0o600))
	}
	s.desktop = desktop{
		getenv: func(name string) string { return map[string]string{x11: ":0", wayland: "wayland-0"}[name] },
		look: func(program string) (string, error) {
			return exec.LookPath(filepath.Join(s.dir, program))
		},
		failsWithin: time.Minute, // whoever is to end has the time
	}
	return s
}

func (s *screen) started() []string {
	s.t.Helper()
	text, err := os.ReadFile(filepath.Join(s.dir, "started"))
	require.NoError(s.t, err)
	return strings.Split(strings.TrimSpace(string(text)), "\n")
}

// there waits for a stub that stays, and gives its process's number.
func (s *screen) there() int {
	s.t.Helper()
	text, err := os.ReadFile(filepath.Join(s.dir, "there"))
	require.NoError(s.t, err)
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	require.NoError(s.t, err)
	return pid
}

// end ends it, and waits until no zombie is left either.
func (s *screen) end(pid int) {
	s.t.Helper()
	require.NoError(s.t, os.WriteFile(filepath.Join(s.dir, "end"), []byte("now\n"), 0))
	require.Eventually(s.t, func() bool { return unix.Kill(pid, 0) == unix.ESRCH }, 10*time.Second, time.Millisecond)
}

func TestATerminalThatHandsOverAndEndsIsEnough(t *testing.T) {
	s := newScreen(t, map[string]string{"ptyxis": ends, "xterm": ends})
	require.NoError(t, s.open(t.Context(), []string{"c", "l"}))
	assert.Equal(t, []string{"ptyxis -- c l"}, s.started())
}

func TestATerminalThatFailsIsFollowedByTheNext(t *testing.T) {
	s := newScreen(t, map[string]string{
		"xdg-terminal-exec": fails, "ptyxis": "kill -9 $$", "kitty": ends, "xterm": ends,
	})
	require.NoError(t, os.WriteFile(filepath.Join(s.dir, "konsole"), []byte("\x7fELF broken"), 0o700))
	require.NoError(t, s.open(t.Context(), []string{"c"}))
	assert.Equal(t, []string{"xdg-terminal-exec c", "ptyxis -- c", "kitty c"}, s.started())
}

func TestWhenEveryTerminalFailsEachIsNamed(t *testing.T) {
	s := newScreen(t, map[string]string{"kitty": fails, "xterm": "exit 7"})
	assert.EqualError(t, s.open(t.Context(), []string{"c"}),
		`kitty failed with "exit status 1", xterm failed with "exit status 7"`)
}

func TestACommandThatFailsInItsWindowIsNotRunAgain(t *testing.T) {
	s := newScreen(t, map[string]string{"foot": "exit 1", "xterm": ends})
	require.NoError(t, s.open(t.Context(), []string{"c"}))
	assert.Equal(t, []string{"foot c"}, s.started())

	s = newScreen(t, map[string]string{"foot": "exit 230", "xterm": ends})
	require.NoError(t, s.open(t.Context(), []string{"c"}))
	assert.Equal(t, []string{"foot c", "xterm -e c"}, s.started())
}

func TestNobodyWaitsForAWindowThatStays(t *testing.T) {
	s := newScreen(t, map[string]string{"xterm": stays})
	s.failsWithin = time.Millisecond
	require.NoError(t, s.open(t.Context(), []string{"c"}))
	pid := s.there()
	session, err := unix.Getsid(pid)
	require.NoError(t, err)
	assert.Equal(t, pid, session, "it has a session of its own")
	s.end(pid)
}

func TestTheTryingCanBeStopped(t *testing.T) {
	s := newScreen(t, map[string]string{"kitty": stays, "xterm": ends})
	ctx, cancel := context.WithCancel(t.Context())
	result := make(chan error, 1)
	go func() { result <- s.open(ctx, []string{"c"}) }()
	pid := s.there()
	cancel()
	assert.ErrorIs(t, <-result, context.Canceled)
	assert.NoError(t, unix.Kill(pid, 0), "the window is the user's")
	s.end(pid)
	assert.Equal(t, []string{"kitty c"}, s.started())
	assert.ErrorIs(t, s.open(ctx, []string{"c"}), context.Canceled)
	assert.Equal(t, []string{"kitty c"}, s.started())
}

func TestAWindowOutlivesTheApp(t *testing.T) {
	self, err := os.Executable()
	require.NoError(t, err)
	s := newScreen(t, map[string]string{"my-terminal": stays, "c": ends})
	app := exec.Command(self)
	app.Env = []string{
		openVariable + "=" + filepath.Join(s.dir, "c"), x11 + "=:0",
		"TERMINAL=" + filepath.Join(s.dir, "my-terminal"), "PATH=" + os.Getenv("PATH"),
	}
	app.SysProcAttr = &unix.SysProcAttr{Setpgid: true}
	out, err := app.CombinedOutput()
	require.NoError(t, err, "%s", out)
	assert.Equal(t, unix.ESRCH, unix.Kill(-app.Process.Pid, unix.SIGHUP), "nobody is left in the app's group")

	s.there()
	require.NoError(t, os.WriteFile(filepath.Join(s.dir, "end"), []byte("now\n"), 0))
	assert.Equal(t, []string{"my-terminal -e " + filepath.Join(s.dir, "c") + " two words"}, s.started())
}

func TestWithoutADesktopOrATerminalTheCommandIsToldInstead(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	for name, c := range map[string]struct{ display, says string }{
		"no desktop":  {"", "No terminal window could be opened: there is no desktop here, neither DISPLAY nor WAYLAND_DISPLAY is set. "},
		"no terminal": {":0", "No terminal window could be opened: no terminal program was found. "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("TERMINAL", "")
			t.Setenv(wayland, "")
			t.Setenv(x11, c.display)
			err := Open(t.Context(), []string{"/bin/sh", "-c", "true"})
			var none *NoneError
			require.True(t, errors.As(err, &none), "%v", err)
			assert.Equal(t, "/bin/sh -c true", none.Command)
			assert.EqualError(t, err, c.says+"Open a terminal yourself and run: /bin/sh -c true")
		})
	}
}
