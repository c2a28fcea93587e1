package instance

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"
)

// An app holds the lock exclusively. Who only wants to know whether one runs tries
// for a shared lock, and drops it at once. So whoever gets a shared lock knows that
// there is no app, and whoever does not, that there is one; lookers do not deceive
// each other. An app that is just starting may fail because of one, and then looks
// itself. The file is never removed: somebody could just be locking it.

func lockPath(dir string) string { return filepath.Join(dir, "lock") }

// held says whether an app has the lock.
func held(dir string) (bool, error) {
	lock := flock.New(lockPath(dir), flock.SetFlag(os.O_RDONLY)) // without making it
	shared, err := lock.TryRLock()
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if shared {
		err = lock.Close()
	}
	return err == nil && !shared, err
}
