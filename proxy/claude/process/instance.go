package process

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/gofrs/flock"
)

// marker is the variable that marks the processes of an instance; its value is the
// instance's name.
const marker = "CLAUDE_MAX_API_INSTANCE"

// baseTime bounds the wait for the base directory's lock.
const baseTime = 2 * time.Second

// instance is the private directory of one household on disk.
type instance struct {
	name string
	dir  string

	mu   sync.Mutex
	lock *flock.Flock // nil in a temporary directory, which nobody sweeps
}

// newInstance makes the directories below base and sweeps what others left there.
func newInstance(base string, log *slog.Logger) (*instance, error) {
	i, err := instanceIn(base, log)
	if err == nil {
		return i, nil
	}
	log.Warn("the run directory cannot be used; a temporary one takes its place", keyDir, base, keyError, err)
	dir, tempErr := os.MkdirTemp("", "claude-max-api-run-*")
	if tempErr == nil {
		i = &instance{name: filepath.Base(dir), dir: dir}
		tempErr = i.makeDirs()
	}
	if tempErr != nil {
		return nil, fmt.Errorf("no private directory can be made, neither in %s (%w) nor in the temporary one (%w): "+
			"free some space or make one of them writable", base, err, tempErr)
	}
	return i, nil
}

func instanceIn(base string, log *slog.Logger) (*instance, error) {
	if !filepath.IsAbs(base) {
		return nil, fmt.Errorf("the path %q is not absolute", base)
	}
	if err := os.MkdirAll(base, 0o700); err != nil {
		return nil, err
	}
	if err := os.Chmod(base, 0o700); err != nil { // an older one may be open to others
		return nil, err
	}
	// One at a time: between the making of a directory and the locking of it,
	// another instance would sweep it.
	all := flock.New(filepath.Join(base, "lock"))
	defer all.Close()
	ctx, cancel := context.WithTimeout(context.Background(), baseTime)
	defer cancel()
	if _, err := all.TryLockContext(ctx, 5*time.Millisecond); err != nil {
		return nil, fmt.Errorf("locking %s: %w", all.Path(), err)
	}

	random := make([]byte, 4)
	_, _ = rand.Read(random) // never fails
	name := strconv.Itoa(os.Getpid()) + "-" + hex.EncodeToString(random)
	i := &instance{name: name, dir: filepath.Join(base, name)}
	if err := i.makeDirs(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(i.dir))
	}
	if err := i.acquire(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(i.dir))
	}
	sweep(base, name, log)
	return i, nil
}

func (i *instance) work() string     { return filepath.Join(i.dir, "work") }
func (i *instance) pipes() string    { return filepath.Join(i.dir, "pipes") }
func (i *instance) temp() string     { return filepath.Join(i.dir, "tmp") }
func (i *instance) children() string { return filepath.Join(i.dir, "children") }

// runs is the base directory, "" for a temporary one.
func (i *instance) runs() string {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.lock == nil {
		return ""
	}
	return filepath.Dir(i.dir)
}

func (i *instance) makeDirs() error {
	for _, dir := range []string{i.work(), i.pipes(), i.temp(), i.children()} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
	}
	return nil
}

func (i *instance) acquire() error {
	lock := flock.New(filepath.Join(i.dir, "lock"))
	ok, err := lock.TryLock()
	if err == nil && !ok {
		err = errors.New("somebody else holds it")
	}
	if err != nil {
		return fmt.Errorf("locking %s: %w", lock.Path(), err)
	}
	i.lock = lock
	return nil
}

// ensure brings back what a cleaner of cache or temporary directories removed. Without
// the lock file our lock means nothing, and another instance would take our
// children for leftovers.
func (i *instance) ensure(log *slog.Logger, live []*Process) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	if err := i.makeDirs(); err != nil {
		return err
	}
	if i.lock == nil {
		return nil
	}
	if _, err := os.Stat(i.lock.Path()); !errors.Is(err, os.ErrNotExist) {
		return nil
	}
	log.Warn("the run directory was removed and is made again", keyDir, i.dir)
	_ = i.lock.Close()
	if err := i.acquire(); err != nil {
		return err
	}
	for _, p := range live {
		if err := i.record(p.pid); err != nil {
			return err
		}
	}
	return nil
}

// record notes which process a pid is, for the sweep after a crash.
func (i *instance) record(pid int) error {
	id, err := identity(pid)
	if err != nil || id == "" {
		return err // a process that ended already, or a system without need
	}
	return os.WriteFile(i.recordPath(pid), []byte(id+"\n"), 0o600)
}

func (i *instance) forget(pid int) { _ = os.Remove(i.recordPath(pid)) }

func (i *instance) recordPath(pid int) string {
	return filepath.Join(i.children(), strconv.Itoa(pid))
}

// abandon frees the lock and leaves the records to the next instance.
func (i *instance) abandon() {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.lock != nil {
		_ = i.lock.Close()
	}
}

// remove ends the instance. The lock is freed first, since Windows does not remove
// open files; that another instance may sweep the directory at the same moment
// does no harm.
func (i *instance) remove() error {
	i.abandon()
	return os.RemoveAll(i.dir)
}
