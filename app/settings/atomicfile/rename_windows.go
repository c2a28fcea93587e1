package atomicfile

import (
	"errors"
	"os"
	"time"

	"golang.org/x/sys/windows"
)

// renameTime bounds the wait for readers of the old file.
const renameTime = 2 * time.Second

// Rename moves a file over another one, if there is one there. Windows refuses
// that while anybody has either of them open, as a virus scanner or our own reader
// has for a moment; so it is tried for up to 2 s.
func Rename(from, to string) error {
	for deadline := time.Now().Add(renameTime); ; time.Sleep(5 * time.Millisecond) {
		err := os.Rename(from, to)
		busy := errors.Is(err, windows.ERROR_SHARING_VIOLATION) || errors.Is(err, windows.ERROR_ACCESS_DENIED)
		if !busy || time.Now().After(deadline) {
			return err
		}
	}
}

// settle does nothing: a folder cannot be flushed here, and NTFS keeps a journal
// of names.
func settle(string) {}
