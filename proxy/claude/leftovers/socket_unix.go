//go:build unix

package leftovers

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// dialTime bounds a wait that there should not be: the kernel answers at once.
const dialTime = 100 * time.Millisecond

// look sees what is at a path. The directory has to be a real one: others may write
// beside it.
func look(path string) state {
	info, err := os.Lstat(path)
	if err != nil || info.Mode().Type() != fs.ModeSocket {
		return none
	}
	if of, ok := info.Sys().(*syscall.Stat_t); !ok || int64(of.Uid) != int64(os.Getuid()) {
		return none
	}
	if dir, err := os.Lstat(filepath.Dir(path)); err != nil || !dir.IsDir() {
		return none
	}
	conn, err := net.DialTimeout("unix", path, dialTime)
	switch {
	case err == nil:
		_ = conn.Close()
		return live
	case errors.Is(err, syscall.ECONNREFUSED):
		return dead
	case errors.Is(err, fs.ErrNotExist):
		return none
	}
	return live
}
