package notify

import (
	"bytes"
	"errors"
	"fmt"
	"image/png"
)

// AppName is who the notices come from.
const AppName = "Claude Max API Proxy"

// ErrNoDesktop says that there is no desktop to show a notice on.
var ErrNoDesktop = errors.New("there is no desktop session")

// NewDesktop makes the sender for this system's desktop. The icon, a PNG, is shown with
// each notice; 64 px are enough. enabled says, before each one, whether there is a
// desktop; nil is always. Close it when nothing is sent any more, which
// [Desk.Close] does.
func NewDesktop(icon []byte, enabled func() bool) (*Desktop, error) {
	picture, err := png.Decode(bytes.NewReader(icon))
	if err != nil {
		return nil, fmt.Errorf("the icon of notices: %w", err)
	}
	if enabled == nil {
		enabled = func() bool { return true }
	}
	return newDesktop(icon, picture, enabled), nil
}

var _ Sender = (*Desktop)(nil)
