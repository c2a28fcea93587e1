package settings

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

// lockTime bounds the wait for the changes of others, which take milliseconds each.
const lockTime = 10 * time.Second

// alone runs change on the file that path leads to while no other process, and no
// other goroutine of this one, does the same.
//
// Replacing a file by renaming makes it whole for every reader, but of two who read,
// change and rename at the same time the first one's change would be lost. So they
// take turns by a lock on a file beside it. It cannot be the settings file itself,
// since whoever waits for that one would wake up holding the replaced file, and it
// is never removed, for the same reason. The system drops the lock of a process
// that dies.
func alone(path string, change func(file string) error) error {
	file, err := destination(path)
	if err != nil {
		return err
	}
	if info, err := os.Stat(file); err == nil && !info.Mode().IsRegular() {
		return cannotWrite(errors.New("it is no ordinary file")) // a folder, or /dev/null
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return cannotWrite(err)
	}
	lock := flock.New(file + ".lock")
	defer func() { _ = lock.Close() }()
	ctx, cancel := context.WithTimeout(context.Background(), lockTime)
	defer cancel()
	_, err = lock.TryLockContext(ctx, 2*time.Millisecond)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("another process has held %s for %v. End it, and try again", lock.Path(), lockTime)
	case err != nil:
		return cannotWrite(err)
	}
	return change(file)
}

// destination follows symbolic links, so that what a link leads to is replaced and
// the link stays. What it leads to need not be there.
func destination(path string) (string, error) {
	for range 40 {
		link, err := os.Readlink(path)
		if err != nil { // not a link, or nothing
			return path, nil
		}
		if !filepath.IsAbs(link) {
			dir, err := filepath.EvalSymlinks(filepath.Dir(path)) // ".." is meant from there
			if err != nil {
				return "", err
			}
			link = filepath.Join(dir, link)
		}
		path = link
	}
	return "", fmt.Errorf("%s is one of a ring of symbolic links. Make it a file", path)
}
