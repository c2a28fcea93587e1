package apptest

import (
	"os/exec"
	"syscall"
	"testing"
	"time"
)

// Process is a program that was started, until it has ended and all that it printed was read.
type Process struct {
	Command *exec.Cmd
	done    chan struct{}
}

// Start starts a command.
func Start(command *exec.Cmd) (*Process, error) {
	if err := command.Start(); err != nil {
		return nil, err
	}
	p := &Process{command, make(chan struct{})}
	go func() {
		_ = command.Wait() // its state tells
		close(p.done)
	}()
	return p, nil
}

// PID is the process's id.
func (p *Process) PID() int { return p.Command.Process.Pid }

// Done is closed once it has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// Running says whether it has not ended.
func (p *Process) Running() bool {
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}

// Terminate asks it to end, where it has not, as a service manager does.
func (p *Process) Terminate() { _ = p.Command.Process.Signal(syscall.SIGTERM) }

// Kill ends it as a crash does.
func (p *Process) Kill() {
	_ = p.Command.Process.Kill()
	<-p.done
}

// ExitCode waits for the end; -1 stands for a signal. What takes longer than the limit is killed,
// and the test fails.
func (p *Process) ExitCode(t testing.TB, limit time.Duration) int {
	t.Helper()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-p.done:
	case <-timer.C:
		p.Kill()
		t.Fatalf("%s did not end within %s", p.Command.Path, limit)
	}
	return p.Command.ProcessState.ExitCode()
}
