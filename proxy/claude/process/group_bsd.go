//go:build darwin || freebsd

package process

import (
	"errors"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// sysProcAttr has no death signal to ask for: these systems rely on the end of
// stdin and on the sweep.
func sysProcAttr(bool) *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// awaitExit waits until the child has ended and does not reap it; waitid would do,
// but on macOS it also returns when the child is stopped (go.dev/issue/19314).
// False means that the kernel refused.
func awaitExit(child *os.Process) bool {
	queue, err := unix.Kqueue()
	if err != nil {
		return false
	}
	defer unix.Close(queue)
	var change unix.Kevent_t
	unix.SetKevent(&change, child.Pid, unix.EVFILT_PROC, unix.EV_ADD|unix.EV_ONESHOT)
	change.Fflags = unix.NOTE_EXIT
	changes, events := []unix.Kevent_t{change}, make([]unix.Kevent_t, 1)
	for {
		n, err := unix.Kevent(queue, changes, events, nil)
		switch {
		case errors.Is(err, unix.EINTR):
			// The change may have been taken; adding it twice does no harm.
		case errors.Is(err, unix.ESRCH):
			return true // a zombie already, since only we reap it
		case err != nil:
			return false
		case n > 0 && events[0].Flags&unix.EV_ERROR != 0:
			return unix.Errno(events[0].Data) == unix.ESRCH
		case n > 0:
			return true
		}
	}
}

// onlyZombies is not asked for: launchd and init reap orphans at once.
func onlyZombies(int) bool { return false }
