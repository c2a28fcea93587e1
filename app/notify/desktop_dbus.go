//go:build !windows && !darwin

package notify

import (
	"context"
	"errors"
	"image"
	"image/draw"
	"sync"

	"github.com/godbus/dbus/v5"

	"claude-max-api-proxy/app"
)

// Desktop shows notices over D-Bus, see
// https://specifications.freedesktop.org/notification-spec/latest/. The package comment
// says why not through beeep.
type Desktop struct {
	picture picture
	enabled func() bool

	mu sync.Mutex
	// conn is nobody else's, is opened with the first notice, and stays: GNOME takes
	// down what came from a program whose connection has ended.
	conn   *dbus.Conn
	closed bool
}

// picture is the hint "image-data", (iiibiiay).
type picture struct {
	Width, Height, Stride int32
	Alpha                 bool
	Bits, Channels        int32
	Pixels                []byte
}

func newDesktop(_ []byte, icon image.Image, enabled func() bool) *Desktop {
	size := icon.Bounds().Size()
	pixels := image.NewNRGBA(image.Rectangle{Max: size})
	draw.Draw(pixels, pixels.Rect, icon, icon.Bounds().Min, draw.Src)
	return &Desktop{enabled: enabled, picture: picture{
		int32(size.X), int32(size.Y), int32(pixels.Stride), true, 8, 4, pixels.Pix,
	}}
}

// The values of the hint "urgency", and how long a notice stays, in ms.
const (
	normal, critical         = byte(1), byte(2)
	asTheDesktopLikes, stays = int32(-1), int32(0)
)

// Send implements [Sender].
func (d *Desktop) Send(ctx context.Context, n app.Notice) error {
	if !d.enabled() {
		return ErrNoDesktop
	}
	conn, err := d.connection(ctx)
	if err != nil {
		return err
	}
	// The call itself ends with ctx, but not the writing before it, to a bus that
	// does not read.
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	urgency, expires := normal, asTheDesktopLikes
	if n.Urgent {
		urgency, expires = critical, stays
	}
	hints := map[string]dbus.Variant{
		"urgency":        dbus.MakeVariant(urgency),
		"image-data":     dbus.MakeVariant(d.picture),
		"suppress-sound": dbus.MakeVariant(true),
	}
	const replacesNone, noIconName = uint32(0), ""
	return conn.Object("org.freedesktop.Notifications", "/org/freedesktop/Notifications").
		CallWithContext(ctx, "org.freedesktop.Notifications.Notify", 0,
			AppName, replacesNone, noIconName, n.Title, markup(n.Body), []string{}, hints, expires).Err
}

// connection gives the connection, a new one if the former has ended.
func (d *Desktop) connection(ctx context.Context) (*dbus.Conn, error) {
	d.mu.Lock()
	conn := d.conn
	d.mu.Unlock()
	if conn != nil && conn.Connected() {
		return conn, nil
	}
	conn, err := connect(ctx)
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return nil, errors.Join(ErrNoDesktop, conn.Close())
	}
	d.conn = conn
	return conn, nil
}

// connect never starts a bus: where there is none, there is nobody to see anything.
func connect(ctx context.Context) (*dbus.Conn, error) {
	conn, err := dbus.SessionBusPrivateNoAutoStartup()
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	err = conn.Auth(nil)
	if err == nil {
		err = conn.Hello()
	}
	if !stop() {
		err = context.Cause(ctx)
	}
	if err != nil {
		_ = conn.Close() // the error that counts is the other one
		return nil, err
	}
	return conn, nil
}

// Close implements [Sender].
func (d *Desktop) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed = true
	if d.conn == nil {
		return nil
	}
	return d.conn.Close()
}
