//go:build unix && !darwin

package terminal

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// desktop is what Open depends on.
type desktop struct {
	getenv func(string) string
	look   func(string) (string, error)
	// failsWithin is how long a terminal program may take to notice that it cannot
	// have a window.
	failsWithin time.Duration
}

func open(ctx context.Context, argv []string) error {
	return desktop{os.Getenv, exec.LookPath, time.Second}.open(ctx, argv)
}

func (d desktop) open(ctx context.Context, argv []string) error {
	if d.getenv(x11) == "" && d.getenv(wayland) == "" {
		return fmt.Errorf("there is no desktop here, neither %s nor %s is set", x11, wayland)
	}
	var failed []string
	for _, c := range candidates(d.getenv, d.look, argv) {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		err := c.start(ctx, d.failsWithin)
		if err == nil {
			return nil
		}
		failed = append(failed, fmt.Sprintf("%s failed with %q", filepath.Base(c.line[0]), err))
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if len(failed) == 0 {
		return errors.New("no terminal program was found")
	}
	return errors.New(strings.Join(failed, ", "))
}

// start starts a terminal program and watches its first moments. Some stay as long
// as their window, others hand the work to a server of theirs and end.
func (c candidate) start(ctx context.Context, failsWithin time.Duration) error {
	cmd := exec.Command(c.line[0], c.line[1:]...) // not ctx's: the window outlives it
	// In a session of its own no signal to ours reaches it, not even the hang-up of a
	// terminal that the app was started in.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	cmd.Dir, _ = os.UserHomeDir() // "": where we are
	if err := cmd.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }() // also reaps it whenever it ends
	patience := time.NewTimer(failsWithin)
	defer patience.Stop()
	select {
	case err := <-ended:
		if code := cmd.ProcessState.ExitCode(); c.failure > 0 && code > 0 && code != c.failure {
			return nil // argv had its window, and failed in it
		}
		return err
	case <-patience.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
