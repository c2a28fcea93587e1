//go:build !windows && !darwin

package tray

import (
	"context"
	"log/slog"
	"time"

	"github.com/godbus/dbus/v5"

	"claude-max-api-proxy/app"
)

// watcherName is who shows icons: the panel, or GNOME's AppIndicator extension.
const watcherName = "org.kde.StatusNotifierWatcher"

// hostPatience is how long after a login a panel may take to appear.
const hostPatience = 10 * time.Second

// answerTime is how long the D-Bus daemon may take to let us in.
const answerTime = 3 * time.Second

// Unavailable says why there can be no icon; "" when there can be one. It has to be
// asked before the tray is entered: without a D-Bus session the library panics when
// it is left, and starts a stray daemon.
func Unavailable() string {
	bus, err := connect()
	if err != nil {
		return "there is no D-Bus session"
	}
	_ = bus.Close()
	return ""
}

// connect makes a connection of our own: the shared one is the library's, which
// never registers again after a panel's restart once others use it. It never
// starts a daemon.
func connect() (*dbus.Conn, error) {
	bus, err := dbus.SessionBusPrivateNoAutoStartup()
	if err != nil {
		return nil, err
	}
	// A daemon that is frozen takes the connection and says nothing.
	deadline := time.AfterFunc(answerTime, func() { _ = bus.Close() })
	defer deadline.Stop()
	if err := bus.Auth(nil); err != nil {
		_ = bus.Close()
		return nil, err
	}
	if err := bus.Hello(); err != nil {
		_ = bus.Close()
		return nil, err
	}
	return bus, nil
}

// watchHost says when nothing on the desktop shows icons. The library registers by
// itself as soon as something does. It returns when ctx, or the D-Bus session, has ended.
func watchHost(ctx context.Context, log *slog.Logger, tell func(app.Notice)) {
	bus, err := connect()
	if err != nil {
		log.Debug("the tray's host is not watched", "cause", err)
		<-ctx.Done()
		return
	}
	defer func() { _ = bus.Close() }()
	signals := make(chan *dbus.Signal, 8)
	bus.Signal(signals)
	err = bus.AddMatchSignalContext(ctx,
		dbus.WithMatchInterface("org.freedesktop.DBus"),
		dbus.WithMatchMember("NameOwnerChanged"),
		dbus.WithMatchArg(0, watcherName))
	if err != nil {
		log.Debug("the tray's host is not watched", "cause", err)
		<-ctx.Done()
		return
	}
	var there bool
	err = bus.BusObject().CallWithContext(ctx, "org.freedesktop.DBus.NameHasOwner", 0, watcherName).Store(&there)
	if err != nil {
		log.Debug("the tray's host is not watched", "cause", err)
		<-ctx.Done()
		return
	}
	patience := time.NewTimer(hostPatience)
	defer patience.Stop()
	told := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-bus.Context().Done():
			if ctx.Err() == nil {
				log.Warn("the D-Bus session has ended; the proxy goes on without an icon")
			}
			return
		case <-patience.C:
			if !there && !told {
				told = true
				log.Warn("nothing on this desktop shows tray icons yet; the icon appears as soon as something does (on GNOME: the AppIndicator extension), and every command of the menu works from the command line")
				tell(app.Notice{
					Title: "The app is running, but without an icon",
					Body:  "Nothing on this desktop shows tray icons yet. On GNOME, the AppIndicator extension does. Until then: claude-max-api status.",
				})
			}
		case signal := <-signals:
			if signal == nil || len(signal.Body) < 3 {
				continue
			}
			owner, _ := signal.Body[2].(string)
			if there = owner != ""; there {
				log.Info("the desktop shows the icon")
			} else {
				patience.Reset(hostPatience)
			}
		}
	}
}
