//go:build unix

package atomicfile

import "os"

// Rename moves a file over another one, if there is one there.
func Rename(from, to string) error { return os.Rename(from, to) }

// settle brings a folder's names to the disk. A file system that cannot do so is
// no reason to fail: the file is replaced, and after a power failure the old one
// is back at worst, whole.
func settle(dir string) {
	if d, err := os.Open(dir); err == nil {
		_ = d.Sync()
		_ = d.Close()
	}
}
