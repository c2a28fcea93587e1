//go:build unix

package process

import (
	"os"
	"syscall"
)

// readNow takes what is in the pipe without waiting.
func readNow(f *os.File, b []byte) (n int, err error) {
	c, err := f.SyscallConn()
	if err != nil {
		return 0, err
	}
	connErr := c.Read(func(fd uintptr) bool {
		for {
			n, err = syscall.Read(int(fd), b)
			if err != syscall.EINTR { //nolint:errorlint // a plain errno
				return true // also when there is nothing: do not wait
			}
		}
	})
	if connErr != nil {
		return 0, connErr
	}
	return max(n, 0), err
}
