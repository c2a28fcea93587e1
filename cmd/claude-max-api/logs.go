package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"claude-max-api-proxy/app/logfile"
)

type logsCommand struct {
	Lines int  `short:"n" default:"50" help:"How many lines of the end."`
	Path  bool `help:"Print where the log is, and nothing else."`
}

// Run prints the end of the log.
func (cmd logsCommand) Run(c console) error {
	path := logfile.Path()
	if cmd.Path {
		fmt.Fprintln(c.out, path)
		return nil
	}
	if cmd.Lines < 1 {
		return fmt.Errorf("--lines must be 1 or more; %w", errUsage)
	}
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no log yet; it will be %s", path)
	}
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	text, err := io.ReadAll(file) // it is rotated at 5 MiB
	if err != nil {
		return err
	}
	lines := bytes.SplitAfter(text, []byte("\n"))
	if last := len(lines) - 1; len(lines[last]) == 0 {
		lines = lines[:last]
	}
	_, err = c.out.Write(bytes.Join(lines[max(0, len(lines)-cmd.Lines):], nil))
	return err
}
