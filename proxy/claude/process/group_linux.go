package process

import (
	"errors"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// sysProcAttr lets the kernel kill the child when the starting thread ends, and that
// is when the app ends. It does not cover what the child itself starts.
func sysProcAttr(survive bool) *syscall.SysProcAttr {
	a := &syscall.SysProcAttr{Setpgid: true}
	if !survive {
		a.Pdeathsig = syscall.SIGKILL
	}
	return a
}

// awaitExit waits until the child has ended and does not reap it. False means that
// this kernel cannot do so.
func awaitExit(child *os.Process) bool {
	for {
		err := unix.Waitid(unix.P_PID, child.Pid, nil, unix.WEXITED|unix.WNOWAIT, nil)
		if !errors.Is(err, unix.EINTR) {
			return err == nil
		}
	}
}
