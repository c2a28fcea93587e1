//go:build unix

package locate

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// fakeShell is a program that is called like a shell: its own start-up, then the
// script that it was given.
func fakeShell(t *testing.T, startup string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "shell")
	// The script is the last argument, whatever flags stand before it.
	body := "#!/bin/sh\nfor last; do :; done\n" + startup + "\neval \"$last\"\n"
	require.NoError(t, os.WriteFile(path, []byte(body), 0o755))
	return path
}

func TestLoginPATHIgnoresWhatStartUpFilesPrint(t *testing.T) {
	shell := fakeShell(t, `echo "welcome __claude_max_"; set -v; echo oops >&2; PATH="/opt/x y:$PATH"; export PATH`)
	path, err := LoginPATH(t.Context(), shell)
	require.NoError(t, err)
	assert.True(t, strings.HasPrefix(path, "/opt/x y:"), path)
}

func TestLoginPATHOfARealShell(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	require.NoError(t, os.WriteFile(filepath.Join(os.Getenv("HOME"), ".profile"), []byte("PATH=/from/profile:$PATH\n"), 0o600))
	path, err := LoginPATH(t.Context(), "/bin/sh")
	require.NoError(t, err)
	assert.Contains(t, path, "/from/profile")
}

func TestLoginPATHTriesAPlainLoginShellWhenAnInteractiveOneFails(t *testing.T) {
	shell := fakeShell(t, `[ "$1" = -i ] && exit 1`)
	path, err := LoginPATH(t.Context(), shell)
	require.NoError(t, err)
	assert.Equal(t, os.Getenv("PATH"), path)
}

func TestLoginPATHDoesNotWaitForBackgroundProgramsAndEndsThem(t *testing.T) {
	pidFile := filepath.Join(t.TempDir(), "pid")
	shell := fakeShell(t, "sleep 300 & echo $! >"+pidFile)
	start := time.Now()
	_, err := LoginPATH(t.Context(), shell)
	require.NoError(t, err)
	assert.Less(t, time.Since(start), shellTime)
	waitGone(t, pidFile)
}

func TestLoginPATHEndsAHangingShellWithEverythingItStarted(t *testing.T) {
	pidFile := filepath.Join(t.TempDir(), "pid")
	shell := fakeShell(t, "sleep 300 & echo $! >"+pidFile+"; trap '' TERM; cat >/dev/null; wait")
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		defer cancel()
		assert.Eventually(t, func() bool { // cancel as soon as the shell hangs
			b, _ := os.ReadFile(pidFile)
			return strings.HasSuffix(string(b), "\n")
		}, shellTime, time.Millisecond)
	}()
	_, err := LoginPATH(ctx, shell)
	require.ErrorIs(t, err, context.Canceled)
	waitGone(t, pidFile)
}

func TestLoginPATHErrors(t *testing.T) {
	_, err := LoginPATH(t.Context(), "")
	assert.ErrorContains(t, err, "no login shell is known")
	_, err = LoginPATH(t.Context(), "/nowhere/zsh")
	assert.ErrorContains(t, err, "/nowhere/zsh")
	_, err = LoginPATH(t.Context(), fakeShell(t, "exit 0"))
	assert.ErrorIs(t, err, errNoShellPath)
	_, err = LoginPATH(t.Context(), fakeShell(t, "yes"))
	assert.ErrorContains(t, err, "printed more than")
}

// waitGone waits until the process in a file does not run any more; it may stay a
// zombie where nothing reaps orphans.
func waitGone(t *testing.T, pidFile string) {
	t.Helper()
	b, err := os.ReadFile(pidFile)
	require.NoError(t, err)
	pid, err := strconv.Atoi(strings.TrimSpace(string(b)))
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
			return true
		}
		stat, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
		return strings.Contains(string(stat), ") Z ")
	}, 10*time.Second, 2*time.Millisecond)
}
