package process

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// Keys of log attributes.
const (
	keyPID   = "pid"
	keyError = "err"
	keyDir   = "dir"
)

// StartError means that a program could not be started.
type StartError struct {
	// Path is the program.
	Path string
	// Reason says what is wrong: "it is gone".
	Reason string
	// Hint says what to do next, in full sentences.
	Hint string
	// Err is the system's error. errors.Is(err, fs.ErrNotExist) means that the
	// program is gone and may be searched for again.
	Err error
}

// Message says what happened, to what, without the hint.
func (e *StartError) Message() string {
	return fmt.Sprintf("%s cannot be started: %s (%v).", e.Path, e.Reason, e.Err)
}

// Error gives the message and the hint as one line.
func (e *StartError) Error() string { return e.Message() + " " + e.Hint }

// Unwrap gives the system's error.
func (e *StartError) Unwrap() error { return e.Err }

// cause is what one system error means for a person.
type cause struct {
	errs         []error
	reason, hint string
}

const reinstall = "Install the Claude Code CLI for this system, or give another path in the settings."

// causes holds for all systems; systemCauses adds what only one of them has.
var causes = []cause{
	{
		[]error{fs.ErrNotExist},
		"it is gone, or the interpreter or loader that it needs is missing",
		"If the CLI was updated or moved, search for it again; otherwise install it again.",
	},
	{
		[]error{fs.ErrPermission},
		"this user may not run it",
		"Check that the file is executable, that its disk is not mounted noexec, and that no security software blocks it.",
	},
	{
		[]error{syscall.EMFILE, syscall.ENFILE},
		"too many files are open",
		"Raise the limit of open files (ulimit -n), or lower the number of CLI processes.",
	},
	{
		[]error{syscall.EAGAIN, syscall.ENOMEM},
		"the system has no room for another process",
		"Close other programs, or lower the number of CLI processes.",
	},
	{[]error{syscall.E2BIG}, "its arguments and environment are too long", "Shorten the environment of the app."},
	{
		[]error{syscall.ENOSPC, syscall.EROFS, syscall.EDQUOT},
		"its working directory cannot be made",
		"Free some space in the user's cache directory.",
	},
}

// startError explains err, which starting path gave.
func startError(path string, err error) error {
	plain := err
	if e := (*os.PathError)(nil); errors.As(err, &e) && e.Path == path {
		plain = e.Err // the path is in the message already
	}
	for _, c := range append(systemCauses, causes...) {
		for _, want := range c.errs {
			if errors.Is(err, want) {
				return &StartError{Path: path, Reason: c.reason, Hint: c.hint, Err: plain}
			}
		}
	}
	return &StartError{Path: path, Reason: "the system refused", Hint: reinstall, Err: plain}
}
