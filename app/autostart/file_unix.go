//go:build unix

package autostart

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	library "github.com/emersion/go-autostart"
)

// path is the file that the library writes. It has read the environment when the
// program started, so dir has to do the same: what is set later counts for neither.
func (e Entry) path() string { return filepath.Join(dir, e.ID+suffix) }

func (e Entry) place() string { return e.path() }

// app is new for each call, because the library changes what it was given.
func (e Entry) app() *library.App {
	return &library.App{Name: e.ID, DisplayName: e.Name, Exec: e.argv()}
}

func (e Entry) read() (kept, error) {
	text, err := os.ReadFile(e.path())
	if errors.Is(err, fs.ErrNotExist) {
		return kept{}, nil
	}
	// An empty file, or a link to /dev/null, is how people mask an entry.
	if err != nil || len(text) == 0 {
		return kept{}, err
	}
	return parse(string(text)), nil
}

func (e Entry) write() error {
	// Without a home directory the library would write below the current one.
	if !filepath.IsAbs(dir) {
		return errors.New("the home directory is not known: HOME is not set")
	}
	if err := e.app().Enable(); err != nil {
		return err
	}
	info, err := os.Stat(e.path())
	if err != nil || !info.Mode().IsRegular() {
		return err
	}
	// launchd passes over files that others may write, as a lax umask makes them.
	return os.Chmod(e.path(), info.Mode().Perm()&^0o022)
}

func (e Entry) remove() error {
	if err := e.app().Disable(); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// remember gives the way back to what is there now.
func (e Entry) remember() (undo func() error, err error) {
	text, err := os.ReadFile(e.path())
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if target, err := os.Readlink(e.path()); err == nil {
			return nil, fmt.Errorf("%s is a link to %s, which is not there", e.path(), target)
		}
		return e.remove, nil
	case err != nil:
		return nil, err
	}
	// In its place, as the library does: the file may be a link into somebody's
	// collection of settings.
	return func() error { return os.WriteFile(e.path(), text, 0o600) }, nil
}
