package autostart

import (
	"fmt"
	"os"
	"slices"
)

// Entry is a program that shall start at login.
type Entry struct {
	ID         string   // names the entry: letters, digits, "-", "_" and "."
	Name       string   // shown to people, where the system shows entries
	Executable string   // absolute path
	Args       []string // may be none
}

// kept is what the system holds for an ID.
type kept struct {
	on     bool     // it will be started; also true of a damaged entry that nobody switched off
	argv   []string // what will be started; nil when that cannot be read
	reason error    // why argv is nil
}

// Enabled tells whether the system starts the entry at login. An entry that
// people have switched off with their desktop's own means is not enabled.
func (e Entry) Enabled() (bool, error) {
	if err := e.named(); err != nil {
		return false, err
	}
	k, err := e.read()
	if err != nil {
		return false, fmt.Errorf("whether the app is launched at login cannot be told: %w. Check that %s can be read", err, e.place())
	}
	return k.on, nil
}

// Enable makes the system start the entry from the next login on. When it fails,
// everything is as it was before.
func (e Entry) Enable() error {
	if err := e.fit(); err != nil {
		return err
	}
	undo, err := e.remember()
	if err == nil {
		if err = e.write(); err == nil {
			err = e.verify()
		}
		if err == nil {
			return nil
		}
		if failed := undo(); failed != nil {
			err = fmt.Errorf("%w; what was there before could not be put back: %w", err, failed)
		}
	}
	return fmt.Errorf("launch at login could not be switched on: %w. Check that %s can be written, or remove it and try again", err, e.place())
}

// verify reads back what was written.
func (e Entry) verify() error {
	k, err := e.read()
	switch {
	case err != nil:
		return err
	case k.reason != nil:
		return fmt.Errorf("what was written cannot be read back: %w", k.reason)
	case !k.on:
		return fmt.Errorf("what was written had no effect")
	case !slices.Equal(k.argv, e.argv()):
		return fmt.Errorf("what was written would start %q instead of %q", k.argv, e.argv())
	}
	return nil
}

// Disable makes the system forget the entry. It is no error when there is none.
func (e Entry) Disable() error {
	if err := e.named(); err != nil {
		return err
	}
	if err := e.remove(); err != nil {
		return fmt.Errorf("launch at login could not be switched off: %w. Remove %s by hand", err, e.place())
	}
	return nil
}

// Repair rewrites an enabled entry that would start something else: the program
// was moved or updated, its arguments changed, or the entry is damaged. Call it at
// every start of the app. An entry that is not enabled stays as it is, and so
// does one that starts this very file by another name, such as a link that outlives
// updates, or another copy of the program that is still there.
func (e Entry) Repair() (repaired bool, err error) {
	if err := e.named(); err != nil {
		return false, err
	}
	k, err := e.read()
	if err != nil {
		return false, fmt.Errorf("launch at login could not be checked: %w. Check that %s can be read", err, e.place())
	}
	if !k.on || e.startedBy(k.argv) {
		return false, nil
	}
	if len(k.argv) > 0 && exists(k.argv[0]) && !e.isProgram(k.argv[0]) {
		return false, nil
	}
	if err := e.Enable(); err != nil {
		return false, err
	}
	return true, nil
}

// startedBy says whether argv starts this entry's program with its arguments.
func (e Entry) startedBy(argv []string) bool {
	return len(argv) > 0 && slices.Equal(argv[1:], e.Args) && e.isProgram(argv[0])
}

// isProgram says whether the path leads to this entry's program.
func (e Entry) isProgram(path string) bool {
	if path == e.Executable {
		return true
	}
	there, err := os.Stat(path)
	if err != nil {
		return false
	}
	own, err := os.Stat(e.Executable)
	return err == nil && os.SameFile(there, own)
}

// argv gives a new slice each time: the library quotes the one it gets in place.
func (e Entry) argv() []string { return append([]string{e.Executable}, e.Args...) }

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
