//go:build unix

package instance

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestASuspendedAppIsNamedWithWhatToDo(t *testing.T) {
	dir := t.TempDir()
	app := start(t, "app", dir)
	app.says()
	pid := app.Process.Pid
	app.suspend()

	began := time.Now()
	_, err := Acquire(dir)
	assert.EqualError(t, err, fmt.Sprintf("claude-max-api is running already (process %d)", pid))
	c := find(t, dir)
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	err = c.Do(ctx, "GET", "/", nil, nil)
	assert.Regexp(t, fmt.Sprintf(`^claude-max-api is running \(process %d\) but does not answer: no answer within 3\d\dms\. `+
		`End process %d and start claude-max-api again$`, pid, pid), err.Error())
	assert.ErrorIs(t, err, context.DeadlineExceeded)
	assert.Less(t, time.Since(began), 5*time.Second)

	require.NoError(t, app.Process.Signal(syscall.SIGCONT))
	assert.NoError(t, c.Do(t.Context(), "GET", "/", nil, nil), "it answers again")
	app.suspend()
	app.kill()
	assert.ErrorIs(t, c.Do(t.Context(), "GET", "/", nil, nil), ErrNotRunning, "what it was told to do helps")
}

// suspend stops all of the process's threads, which takes a moment after the signal.
func (c *child) suspend() {
	c.t.Helper()
	require.NoError(c.t, c.Process.Signal(syscall.SIGSTOP))
	var status syscall.WaitStatus
	for {
		_, err := syscall.Wait4(c.Process.Pid, &status, syscall.WUNTRACED, nil)
		if !errors.Is(err, syscall.EINTR) {
			require.NoError(c.t, err)
			require.True(c.t, status.Stopped())
			return
		}
	}
}
