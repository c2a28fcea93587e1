package locate

import (
	"os"
	"path/filepath"
)

// Identity tells one state of a file from another; compare with ==.
type Identity struct {
	// Path is the file with all links resolved.
	Path string
	// Size is in bytes.
	Size int64
	// ModTime is in nanoseconds since 1970.
	ModTime int64
	// Inode is 0 on Windows.
	Inode uint64
}

// Identify gives the identity of the file that path finally links to. The error is
// a [*os.PathError].
func Identify(path string) (Identity, error) {
	target, err := filepath.EvalSymlinks(path)
	if err != nil {
		return Identity{}, err
	}
	info, err := os.Stat(target)
	if err != nil {
		return Identity{}, err
	}
	return Identity{Path: target, Size: info.Size(), ModTime: info.ModTime().UnixNano(), Inode: inode(info)}, nil
}
