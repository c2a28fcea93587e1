package autostart

import (
	"errors"
	"fmt"
	"io/fs"
	"unicode/utf16"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
)

// The library needs cgo on Windows, and writes a shortcut whose arguments are not
// quoted; the Run key needs neither. A value is named after the entry's ID.
const (
	runKey = `Software\Microsoft\Windows\CurrentVersion\Run`
	// Task Manager and Settings keep here what people have switched off; the value in
	// runKey stays. Not documented: the first byte is odd when it is off.
	approvedKey = `Software\Microsoft\Windows\CurrentVersion\Explorer\StartupApproved\Run`
)

// longestRun is what Microsoft allows for a Run value, in UTF-16 units.
const longestRun = 260

func unfit(text string, program bool) string { return unfitForRun(text, program) }

func (e Entry) place() string { return `HKEY_CURRENT_USER\` + runKey + ", value " + e.ID }

func (e Entry) read() (kept, error) {
	line, err := e.line()
	if errors.Is(err, fs.ErrNotExist) {
		return kept{}, nil
	}
	if err != nil {
		return kept{}, err
	}
	marker, err := e.marker()
	if err != nil {
		return kept{}, err
	}
	k := kept{on: len(marker) == 0 || marker[0]&1 == 0}
	k.argv, k.reason = windows.DecomposeCommandLine(line)
	return k, nil
}

func (e Entry) write() error {
	line := windows.ComposeCommandLine(e.argv())
	if n := len(utf16.Encode([]rune(line))); n > longestRun {
		return fmt.Errorf("the command line has %d characters, and Windows takes at most %d; move the program to a folder with a shorter path", n, longestRun)
	}
	if err := e.set(line); err != nil {
		return err
	}
	return deleteValue(approvedKey, e.ID)
}

func (e Entry) remove() error {
	return errors.Join(deleteValue(runKey, e.ID), deleteValue(approvedKey, e.ID))
}

// remember gives the way back to what is there now.
func (e Entry) remember() (undo func() error, err error) {
	line, err := e.line()
	if errors.Is(err, fs.ErrNotExist) {
		return e.remove, nil
	}
	if err != nil {
		return nil, err
	}
	marker, err := e.marker()
	if err != nil {
		return nil, err
	}
	return func() error { return errors.Join(e.set(line), e.setMarker(marker)) }, nil
}

func (e Entry) line() (string, error) {
	key, err := registry.OpenKey(registry.CURRENT_USER, runKey, registry.QUERY_VALUE)
	if err != nil {
		return "", err
	}
	defer func() { _ = key.Close() }()
	line, _, err := key.GetStringValue(e.ID)
	return line, err
}

func (e Entry) set(line string) error {
	key, _, err := registry.CreateKey(registry.CURRENT_USER, runKey, registry.SET_VALUE)
	if err != nil {
		return err
	}
	defer func() { _ = key.Close() }()
	return key.SetStringValue(e.ID, line)
}

// marker is nil when nobody has ever used the switch.
func (e Entry) marker() ([]byte, error) {
	key, err := registry.OpenKey(registry.CURRENT_USER, approvedKey, registry.QUERY_VALUE)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = key.Close() }()
	marker, _, err := key.GetBinaryValue(e.ID)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, registry.ErrUnexpectedType) {
		return nil, nil
	}
	return marker, err
}

func (e Entry) setMarker(marker []byte) error {
	if len(marker) == 0 {
		return nil
	}
	key, _, err := registry.CreateKey(registry.CURRENT_USER, approvedKey, registry.SET_VALUE)
	if err != nil {
		return err
	}
	defer func() { _ = key.Close() }()
	return key.SetBinaryValue(e.ID, marker)
}

func deleteValue(path, name string) error {
	key, err := registry.OpenKey(registry.CURRENT_USER, path, registry.SET_VALUE)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { _ = key.Close() }()
	if err := key.DeleteValue(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
