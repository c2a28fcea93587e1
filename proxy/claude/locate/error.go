package locate

import (
	"fmt"
	"strings"
)

// UnusableError is about a file that looks like the CLI, or was named in the
// settings, and cannot be run.
type UnusableError struct {
	// Path is the file at fault.
	Path string
	// Reason says what is wrong with it: "is a directory".
	Reason string
	// Hint says what to do next, in full sentences.
	Hint string
	// Err is the cause; may be nil. errors.Is(err, fs.ErrNotExist) works.
	Err error
}

// Message says what happened, to what; without the hint.
func (e *UnusableError) Message() string {
	return fmt.Sprintf("The Claude Code CLI at %s cannot be used: it %s.", e.Path, e.Reason)
}

// Error gives the message and the hint as one line.
func (e *UnusableError) Error() string { return e.Message() + " " + e.Hint }

// Unwrap gives the cause.
func (e *UnusableError) Unwrap() error { return e.Err }

// NotFoundError means that no usable CLI was found anywhere.
type NotFoundError struct {
	// Tried lists the directories that were looked at, in order.
	Tried []string
	// Unusable lists the files that were found and refused, in order.
	Unusable []*UnusableError
	// Shell is why the login shell gave no PATH; nil when it did.
	Shell error
}

// Message says what happened; when a file was refused, which and why.
func (e *NotFoundError) Message() string {
	if len(e.Unusable) == 0 {
		return "No Claude Code CLI was found on PATH or in the usual places."
	}
	var b strings.Builder
	b.WriteString("No usable Claude Code CLI was found.")
	for _, u := range e.Unusable {
		fmt.Fprintf(&b, " %s %s.", u.Path, u.Reason)
	}
	return b.String()
}

// Hint says what to do next.
func (e *NotFoundError) Hint() string {
	if len(e.Unusable) > 0 {
		return e.Unusable[0].Hint
	}
	return "Install it as described on https://code.claude.com/docs/en/setup, or give its full path in the settings."
}

// Error gives the message and the hint as one line.
func (e *NotFoundError) Error() string { return e.Message() + " " + e.Hint() }
