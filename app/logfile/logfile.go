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
// to terminal. A file that cannot be written is no reason not to work: the log is
// then the terminal's alone, and err says why. The closer closes the file.
func New(path string, level slog.Leveler, terminal io.Writer) (log *slog.Logger, closer io.Closer, err error) {
	options := &slog.HandlerOptions{Level: level}
	screen := slog.NewTextHandler(terminal, options)
	if err := writable(path); err != nil {
		return slog.New(screen), io.NopCloser(nil), fmt.Errorf("no log file: %w", err)
	}
	file := &lumberjack.Logger{Filename: path, MaxSize: 5, MaxBackups: 3} // MiB, files
	return slog.New(slog.NewMultiHandler(screen, slog.NewTextHandler(file, options))), file, nil
}

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
