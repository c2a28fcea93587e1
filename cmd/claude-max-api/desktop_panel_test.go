//go:build linux

package main

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"sync"

	"github.com/godbus/dbus/v5"
	"github.com/godbus/dbus/v5/prop"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/assets"
)

const (
	watcherName = "org.kde.StatusNotifierWatcher"
	watcherPath = "/StatusNotifierWatcher"
	itemName    = "org.kde.StatusNotifierItem"
)

// panel is a desktop's panel without a face: who shows tray icons registers with it.
type panel struct {
	bus  *sessionBus
	conn *dbus.Conn

	mu    sync.Mutex
	items []trayItem
}

// showIcons puts a panel on the bus.
func (b *sessionBus) showIcons() *panel {
	b.t.Helper()
	p := &panel{bus: b, conn: b.connect()}
	require.NoError(b.t, p.conn.Export(watcher{p}, watcherPath, watcherName))
	_, err := prop.Export(p.conn, watcherPath, prop.Map{watcherName: {
		"IsStatusNotifierHostRegistered": {Value: true},
		"ProtocolVersion":                {Value: int32(0)},
		"RegisteredStatusNotifierItems":  {Value: []string{}},
	}})
	require.NoError(b.t, err)
	b.own(p.conn, watcherName)
	return p
}

// watcher is what the bus may call.
type watcher struct{ p *panel }

func (w watcher) RegisterStatusNotifierItem(path string, sender dbus.Sender) *dbus.Error {
	w.p.mu.Lock()
	defer w.p.mu.Unlock()
	w.p.items = append(w.p.items, trayItem{w.p.bus, string(sender), dbus.ObjectPath(path)})
	return nil
}

// item waits for the icon.
func (p *panel) item() trayItem {
	p.bus.t.Helper()
	await(p.bus.t, "the icon to register", func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		return len(p.items) > 0
	})
	p.mu.Lock()
	defer p.mu.Unlock()
	require.Len(p.bus.t, p.items, 1, "registrations with one panel")
	return p.items[0]
}

// vanish ends the panel, as a crash does.
func (p *panel) vanish() {
	p.bus.t.Helper()
	require.NoError(p.bus.t, p.conn.Close())
	await(p.bus.t, "the end of the panel", func() bool { return !p.bus.owned(watcherName) })
}

// trayItem is an icon with its menu, as a panel sees it.
type trayItem struct {
	bus   *sessionBus
	owner string
	path  dbus.ObjectPath
}

// property stores a property of the icon.
func (i trayItem) property(name string, into any) {
	i.bus.t.Helper()
	var v dbus.Variant
	require.NoError(i.bus.t, i.bus.conn.Object(i.owner, i.path).
		CallWithContext(i.bus.context(), "org.freedesktop.DBus.Properties.Get", 0, itemName, name).Store(&v))
	require.NoError(i.bus.t, v.Store(into), name)
}

// text gives a property that is one.
func (i trayItem) text(name string) string {
	i.bus.t.Helper()
	var s string
	i.property(name, &s)
	return s
}

// tooltip is what shows when the mouse rests on the icon.
func (i trayItem) tooltip() string {
	i.bus.t.Helper()
	var tip struct {
		Icon  string
		Icons []pixmap
		Title string
		Text  string
	}
	i.property("ToolTip", &tip)
	return tip.Title
}

// pixmap is a picture of 32-bit pixels, alpha first.
type pixmap struct {
	Width, Height int32
	Pixels        []byte
}

// shows says whether the icon is the one of that state.
func (i trayItem) shows(icon assets.Icon) bool {
	i.bus.t.Helper()
	var pixmaps []pixmap
	i.property("IconPixmap", &pixmaps)
	return len(pixmaps) == 1 && pixmaps[0].is(drawn(icon))
}

func (i trayItem) awaitIcon(icon assets.Icon) {
	i.bus.t.Helper()
	await(i.bus.t, "the icon "+string(icon), func() bool { return i.shows(icon) })
}

// drawn is the picture that the app has of a state.
func drawn(icon assets.Icon) image.Image {
	picture, err := png.Decode(bytes.NewReader(icon.PNG(48)))
	if err != nil {
		panic(err) // package assets tests its pictures
	}
	return picture
}

// is says whether it is that picture. The tray library is careless with the colours of
// half-transparent pixels, at the edges; only their transparency counts.
func (p pixmap) is(picture image.Image) bool {
	size := picture.Bounds().Size()
	if int(p.Width) != size.X || int(p.Height) != size.Y || len(p.Pixels) != 4*size.X*size.Y {
		return false
	}
	for i := range size.X * size.Y {
		c := color.NRGBAModel.Convert(picture.At(i%size.X, i/size.X)).(color.NRGBA)
		got := p.Pixels[4*i : 4*i+4]
		if got[0] != c.A || c.A == 255 && !bytes.Equal(got[1:], []byte{c.R, c.G, c.B}) {
			return false
		}
	}
	return true
}
