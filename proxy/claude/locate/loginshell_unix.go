//go:build unix

package locate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// LoginPATH asks the user's shell, as named by $SHELL, for its PATH. It runs the
// start-up files of an interactive login shell, since many set PATH in files that
// only interactive shells read, and when that fails those of a plain login shell.
// It takes at most 3 s. Nothing that the shell started is left running in its
// session when LoginPATH returns. The result is worth caching.
func LoginPATH(ctx context.Context, shell string) (string, error) {
	if !filepath.IsAbs(shell) {
		return "", fmt.Errorf("no login shell is known: SHELL is %q", shell)
	}
	ctx, cancel := context.WithTimeout(ctx, shellTime)
	defer cancel()
	attempts := [][]string{{"-i", "-l", "-c"}, {"-l", "-c"}}
	if strings.Contains(filepath.Base(shell), "csh") {
		attempts = [][]string{{"-i", "-c"}, {"-c"}} // csh takes -l alone only
	}
	var err error
	for _, flags := range attempts {
		var path string
		if path, err = askShell(ctx, shell, flags); err == nil {
			return path, nil
		}
		if ctx.Err() != nil {
			break
		}
	}
	return "", fmt.Errorf("asking %s for its PATH: %w", shell, err)
}

func askShell(ctx context.Context, shell string, flags []string) (string, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return "", err
	}
	defer r.Close()
	// No CommandContext: the whole session has to be killed, and before the shell
	// is reaped, while its number cannot belong to anybody else.
	cmd := exec.Command(shell, append(flags, shellScript)...)
	cmd.Stdout = w
	cmd.Dir = string(filepath.Separator)
	// Nothing here should start another login shell or wait for an answer.
	cmd.Env = append(os.Environ(), "TERM=dumb", "CLAUDE_MAX_API_RESOLVING_PATH=1", "DISABLE_AUTO_UPDATE=true")
	// A session of its own: with a terminal of ours, an interactive shell in the
	// background would be stopped as soon as it touches that.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	err = cmd.Start()
	w.Close()
	if err != nil {
		return "", err
	}

	type result struct {
		path string
		err  error
	}
	read := make(chan result, 1)
	go func() {
		path, err := readMarked(r)
		read <- result{path, err}
	}()
	var res result
	select {
	case res = <-read:
	case <-ctx.Done():
		// Ends the read even when a program that left the session holds the pipe.
		_ = r.SetReadDeadline(time.Now())
		<-read
		res.err = ctx.Err()
		if errors.Is(res.err, context.DeadlineExceeded) {
			res.err = fmt.Errorf("it took longer than %v", shellTime)
		}
	}
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	_ = cmd.Wait() // killed by us more often than not
	return res.path, res.err
}

// readMarked reads up to the second marker and no further: the shell's own end may
// be far away when its start-up files left something in the background.
func readMarked(r io.Reader) (string, error) {
	var all strings.Builder
	buf := make([]byte, 4096)
	for all.Len() < shellOutput {
		n, err := r.Read(buf)
		all.Write(buf[:n])
		if path, ok := betweenMarkers(all.String()); ok {
			if path == "" {
				return "", errNoShellPath
			}
			return path, nil
		}
		if err != nil {
			return "", errNoShellPath
		}
	}
	return "", fmt.Errorf("it printed more than %d bytes", shellOutput)
}
