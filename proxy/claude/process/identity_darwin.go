package process

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// identity is equal for two calls only when pid is the same process: it has the
// time of its start in microseconds, as ps shows it in seconds.
func identity(pid int) (string, error) {
	info, err := unix.SysctlKinfoProc("kern.proc.pid", pid)
	if err != nil {
		return "", err
	}
	if int(info.Proc.P_pid) != pid {
		return "", unix.ESRCH
	}
	start := info.Proc.P_starttime
	return fmt.Sprintf("%d.%06d", start.Sec, start.Usec), nil
}
