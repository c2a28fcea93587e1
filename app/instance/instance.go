package instance

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/gofrs/flock"
)

// Instance is the running app's claim to be the only one. Make one with [Acquire].
type Instance struct {
	dir  string
	lock *flock.Flock
	info Info // as first written

	mu     sync.Mutex // one Serve or Close at a time
	closed bool
	server *http.Server // nil before Serve
	served chan error   // why the server ended
}

// Acquire makes this process the app of the directory; see [Dir]. When there is
// one already the error is a [*RunningError], after up to 2 s if that one is just
// starting. What a killed app has left is in nobody's way.
func Acquire(dir string) (*Instance, error) {
	if err := private(dir); err != nil {
		return nil, unusable(dir, err)
	}
	lock := flock.New(lockPath(dir))
	for {
		ok, err := lock.TryLock()
		if err != nil {
			return nil, unusable(dir, err)
		}
		if ok {
			return newInstance(dir, lock)
		}
		r, err := running(context.Background(), dir)
		var silent *UnresponsiveError
		switch {
		case err == nil:
			return nil, &RunningError{r.Info, nil}
		case errors.As(err, &silent):
			return nil, &RunningError{silent.Info, silent.Err}
		case !errors.Is(err, ErrNotRunning):
			return nil, err
		}
		// It has just ended, or somebody was only looking. Two who start at once do
		// not keep step.
		time.Sleep(rand.N(5 * time.Millisecond))
	}
}

// newInstance says at once who holds the lock, also to replace a leftover.
func newInstance(dir string, lock *flock.Flock) (*Instance, error) {
	i := &Instance{dir: dir, lock: lock, info: Info{PID: os.Getpid(), StartedAt: time.Now().UTC().Truncate(time.Second)}}
	if err := (record{Info: i.info}).write(dir); err != nil {
		return nil, errors.Join(unusable(dir, err), lock.Close())
	}
	return i, nil
}

// Close stops serving, removes instance.json and releases the lock, so that the
// next app can start. Running requests may finish until ctx ends; then they are
// cut, and the error says so. A handler must not wait for Close, which waits for it.
// Further calls do nothing.
func (i *Instance) Close(ctx context.Context) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.closed {
		return nil
	}
	i.closed = true
	err := i.stop(ctx)
	// Windows refuses while somebody reads it. A leftover does no harm: the token
	// is that of a server that is gone.
	_ = os.Remove(recordPath(i.dir))
	return errors.Join(err, i.lock.Close())
}
