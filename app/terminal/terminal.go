package terminal

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
)

// NoneError means that no terminal window could be opened. What was meant to run
// in it can still be run by hand.
type NoneError struct {
	// Command is the command line to type.
	Command string
	// Err is why there is no window.
	Err error
}

// Error says what happened and what to do.
func (e *NoneError) Error() string {
	return fmt.Sprintf("No terminal window could be opened: %v. Open a terminal yourself and run: %s", e.Err, e.Command)
}

// Unwrap gives the cause.
func (e *NoneError) Unwrap() error { return e.Err }

// Open opens a terminal window in which argv runs, and returns when it is there, as
// far as that can be told: after a second at most for each terminal program that has
// to be tried. The error is a *NoneError when there is no terminal to be had. The
// program, argv[0], is looked for on this process's PATH; its environment is the
// terminal's, which need not be ours. ctx ends the trying, not a window.
func Open(ctx context.Context, argv []string) error {
	if len(argv) == 0 {
		return errors.New("there is no command to run in a terminal")
	}
	program, err := exec.LookPath(argv[0])
	if err != nil {
		return fmt.Errorf("%s cannot be run in a terminal: %w", argv[0], err)
	}
	err = open(ctx, append([]string{program}, argv[1:]...))
	if err == nil || ctx.Err() != nil {
		return err
	}
	return &NoneError{Command: CommandLine(argv), Err: err}
}
