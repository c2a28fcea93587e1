//go:build linux

package main

import (
	"slices"
	"sync"

	"github.com/godbus/dbus/v5"
	"github.com/stretchr/testify/require"
)

const (
	noticesName = "org.freedesktop.Notifications"
	noticesPath = "/org/freedesktop/Notifications"
)

// notices is a notification daemon that shows nothing and remembers everything.
type notices struct {
	bus    *sessionBus
	conn   *dbus.Conn
	frozen <-chan struct{} // answers wait for its end; nil for no wait

	mu  sync.Mutex
	all []notice
}

// notice is what the app wanted to have shown.
type notice struct {
	title, body string
	sender      string // the connection that it came from
}

// showNotices puts a daemon on the bus; frozen may be nil.
func (b *sessionBus) showNotices(frozen <-chan struct{}) *notices {
	b.t.Helper()
	n := &notices{bus: b, conn: b.connect(), frozen: frozen}
	require.NoError(b.t, n.conn.Export(notifier{n}, noticesPath, noticesName))
	b.own(n.conn, noticesName)
	return n
}

// notifier is what the bus may call.
type notifier struct{ n *notices }

func (o notifier) Notify(_ string, _ uint32, _, title, body string, _ []string, _ map[string]dbus.Variant, _ int32, sender dbus.Sender) (uint32, *dbus.Error) {
	o.n.mu.Lock()
	o.n.all = append(o.n.all, notice{title, body, string(sender)})
	id := uint32(len(o.n.all))
	o.n.mu.Unlock()
	if o.n.frozen != nil {
		<-o.n.frozen
	}
	return id, nil
}

// titled are the notices with the title, so far.
func (n *notices) titled(title string) []notice {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(n.all), func(o notice) bool { return o.title != title })
}

// await waits for the first one with the title.
func (n *notices) await(title string) notice {
	n.bus.t.Helper()
	await(n.bus.t, "the notice "+title, func() bool { return len(n.titled(title)) > 0 })
	return n.titled(title)[0]
}

// close tells the app that a person has closed a notice, as desktops do: to the
// connection that it came from.
func (n *notices) close(o notice) {
	n.bus.t.Helper()
	const byThePerson = uint32(2)
	call := n.conn.Send(&dbus.Message{
		Type: dbus.TypeSignal,
		Headers: map[dbus.HeaderField]dbus.Variant{
			dbus.FieldPath: dbus.MakeVariant(dbus.ObjectPath(noticesPath)), dbus.FieldInterface: dbus.MakeVariant(noticesName),
			dbus.FieldMember: dbus.MakeVariant("NotificationClosed"), dbus.FieldDestination: dbus.MakeVariant(o.sender),
			dbus.FieldSignature: dbus.MakeVariant(dbus.SignatureOf(uint32(0), uint32(0))),
		},
		Body: []any{uint32(1), byThePerson},
	}, nil)
	if call != nil {
		require.NoError(n.bus.t, call.Err)
	}
	// And to everybody who listens, as others do.
	require.NoError(n.bus.t, n.conn.Emit(noticesPath, noticesName+".NotificationClosed", uint32(1), byThePerson))
}
