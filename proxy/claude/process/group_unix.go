//go:build unix

package process

import (
	"errors"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// canTerminate says that there is a polite signal.
const canTerminate = true

// group is a process group, led by the child.
type group struct{ pgid int }

func newGroup(child *os.Process) (*group, error) { return &group{child.Pid}, nil }

// terminate and kill are only for a leader that was not reaped: until then its
// number cannot belong to anybody else. Errors mean that nobody is there; macOS
// says "not permitted" when only the dead leader is.
func (g *group) terminate() { _ = syscall.Kill(-g.pgid, syscall.SIGTERM) }
func (g *group) kill()      { _ = syscall.Kill(-g.pgid, syscall.SIGKILL) }

// awaitEmpty waits until the killed group has disappeared, or only zombies are left
// of it, as in a container where nothing reaps orphans; at most d. Asking is harmless
// even after the number was given away.
func (g *group) awaitEmpty(d time.Duration) {
	deadline := time.Now().Add(d)
	for pause := time.Millisecond; time.Now().Before(deadline); pause = min(2*pause, 20*time.Millisecond) {
		if err := syscall.Kill(-g.pgid, 0); err != nil && !errors.Is(err, syscall.EINTR) {
			return
		}
		if pause > 4*time.Millisecond && onlyZombies(g.pgid) {
			return
		}
		time.Sleep(pause)
	}
}

func (g *group) close() {}

// killLeftover kills the group of a process of a dead instance, whose identity was
// just checked.
func killLeftover(pid int) {
	if pgid, err := syscall.Getpgid(pid); err == nil && pgid == pid {
		_ = syscall.Kill(-pid, syscall.SIGKILL)
	}
	_ = syscall.Kill(pid, syscall.SIGKILL)
}

func signalName(state *os.ProcessState) string {
	if ws, ok := state.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		return unix.SignalName(ws.Signal())
	}
	return ""
}

// needed adds what no program can do without; here nothing.
func needed(env []string) []string { return env }

// isCommandScript is a concern of Windows.
func isCommandScript(string) bool { return false }
