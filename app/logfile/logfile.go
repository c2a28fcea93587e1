// Package logfile is where the app's log goes: a file that is rotated, readable
// by the user only, beside what a terminal shows. The log says what happened,
// never what was said: no prompt, answer or key.
package logfile

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/adrg/xdg"
	"gopkg.in/natefinch/lumberjack.v2"
)

// Path is the log file's place on this system.
func Path() string {
	return filepath.Join(xdg.StateHome, "claude-max-api", "claude-max-api.log")
}

// New returns a logger that writes to the file at path and, as text for people,
// to terminal. A terminal that does not read holds nothing up: it is shown later, or
// told how many lines were left out. A file that cannot be written is no reason not
// to work: the log is then the terminal's alone, and err says why. The closer waits
// a moment for the terminal, and closes the file.
func New(path string, level slog.Leveler, terminal io.Writer) (log *slog.Logger, closer io.Closer, err error) {
	if err := writable(path); err != nil {
		log, closer := Terminal(level, terminal)
		return log, closer, fmt.Errorf("no log file: %w", err)
	}
	file := &lumberjack.Logger{Filename: path, MaxSize: 5, MaxBackups: 3} // MiB, files
	shown := &screen{out: terminal, leftOut: "lines were left out here; the log file has them"}
	options := &slog.HandlerOptions{Level: level}
	log = slog.New(slog.NewMultiHandler(slog.NewTextHandler(file, options), slog.NewTextHandler(shown, options)))
	return log, closing(func() error {
		shown.flush()
		return file.Close()
	}), nil
}

// Terminal is New without a file.
func Terminal(level slog.Leveler, terminal io.Writer) (*slog.Logger, io.Closer) {
	shown := &screen{out: terminal, leftOut: "lines were left out here"}
	log := slog.New(slog.NewTextHandler(shown, &slog.HandlerOptions{Level: level}))
	return log, closing(func() error {
		shown.flush()
		return nil
	})
}

type closing func() error

func (c closing) Close() error { return c() }

// writable makes the folder and tries the file; both are the user's alone, also
// where an older version or a careless copy has left them open to others.
func writable(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), os.Chmod(filepath.Dir(path), 0o700), os.Chmod(path, 0o600))
}
