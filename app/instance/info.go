package instance

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"claude-max-api-proxy/app/settings/atomicfile"
)

// Info is what a running app tells of itself. It has no secret.
type Info struct {
	PID       int       `json:"pid"`
	Address   string    `json:"address"` // where it serves, as "127.0.0.1:50123"; "" before it does
	StartedAt time.Time `json:"started_at"`
	Version   string    `json:"version"`
}

// record is the content of instance.json: never to be printed or kept.
type record struct {
	Info
	Token string `json:"token,omitempty"`
}

func recordPath(dir string) string { return filepath.Join(dir, "instance.json") }

// write replaces the record, for the user's eyes only.
func (r record) write(dir string) error {
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return atomicfile.Write(recordPath(dir), text)
}

// settleTime bounds the wait for an app that has the lock, and is just starting or
// ending, to say where it is reached, or to drop the lock.
const settleTime = 2 * time.Second

// running waits until the app that has the lock says where it is reached; it gives
// an [*UnresponsiveError] when that does not happen, and [ErrNotRunning] as soon as
// no app has the lock.
//
// In the moment between an app's lock and its first record, the record is one that a
// killed app has left. Nobody listens at its address, so that asking there fails
// and is tried again.
func running(ctx context.Context, dir string) (record, error) {
	began := time.Now()
	for {
		app, err := held(dir)
		if err != nil {
			return record{}, unusable(dir, err)
		}
		if !app {
			return record{}, ErrNotRunning
		}
		r, err := readRecord(dir)
		switch {
		case err == nil && r.Address != "":
			return r, nil
		case errors.Is(ctx.Err(), context.Canceled):
			return record{}, ctx.Err()
		case ctx.Err() != nil || time.Since(began) > settleTime:
			if err == nil || errors.Is(err, fs.ErrNotExist) {
				err = fmt.Errorf("it has not said where it is reached within %w", timeout(time.Since(began)))
			}
			return record{}, &UnresponsiveError{r.Info, err}
		}
		wait(ctx)
	}
}

// wait waits a little before somebody looks again.
func wait(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-time.After(10 * time.Millisecond):
	}
}

// readRecord reads instance.json and refuses an address that we would not send a
// token to.
func readRecord(dir string) (r record, err error) {
	text, err := os.ReadFile(recordPath(dir))
	if err != nil {
		return record{}, err
	}
	if json.Unmarshal(text, &r) != nil { // its error may quote the text
		return record{}, fmt.Errorf("%s is damaged", recordPath(dir))
	}
	if r.Address == "" {
		return r, nil
	}
	if address, err := netip.ParseAddrPort(r.Address); err != nil || !address.Addr().IsLoopback() {
		return record{}, fmt.Errorf("%s has the address %q, which is not of this machine", recordPath(dir), r.Address)
	}
	return r, nil
}
