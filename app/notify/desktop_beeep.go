//go:build windows || darwin

package notify

import (
	"context"
	"image"
	"runtime"

	"github.com/gen2brain/beeep"

	"claude-max-api-proxy/app"
)

// Desktop shows notices through beeep: toasts on Windows, osascript or
// terminal-notifier on macOS. Neither can be interrupted.
type Desktop struct {
	icon    []byte
	enabled func() bool
}

func newDesktop(icon []byte, _ image.Image, enabled func() bool) *Desktop {
	beeep.AppName = AppName
	return &Desktop{icon, enabled}
}

// Send implements [Sender]. Urgent makes no difference here: all that beeep's Alert
// adds on these systems is a sound.
func (d *Desktop) Send(_ context.Context, n app.Notice) error {
	if !d.enabled() {
		return ErrNoDesktop
	}
	if runtime.GOOS == "windows" {
		n.Title, n.Body = toast(n.Title), toast(n.Body)
	}
	return beeep.Notify(n.Title, n.Body, d.icon)
}

// Close implements [Sender].
func (d *Desktop) Close() error { return nil }
