// Package clipboard puts text on the desktop's clipboard.
package clipboard

import (
	"errors"
	"time"

	"github.com/atotto/clipboard"
)

// limit bounds how long the clipboard's tool may take; one that waits for a frozen
// display server never ends.
const limit = 3 * time.Second

// Write replaces what is on the clipboard. It fails where there is no tool for it
// (on Linux xclip, xsel or wl-copy) and when the tool does not end within 3 s.
func Write(text string) error {
	done := make(chan error, 1)
	go func() { done <- clipboard.WriteAll(text) }() // left behind if it never ends
	select {
	case err := <-done:
		return err
	case <-time.After(limit):
		return errors.New("the clipboard does not answer")
	}
}
