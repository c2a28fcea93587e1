//go:build linux

package main

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"claude-max-api-proxy/build/apptest"

	"github.com/godbus/dbus/v5"
	"github.com/stretchr/testify/require"
)

// sessionBus is a D-Bus session that only the test and its programs know of.
type sessionBus struct {
	t       *testing.T
	address string
	daemon  *exec.Cmd
	conn    *dbus.Conn // the test's own, for questions
}

// busConfig is a session that starts no services: the machine's own would answer
// in place of the test's.
const busConfig = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:tmpdir=/tmp</listen>
  <policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy>
</busconfig>`

// startBus starts a bus without any services.
func startBus(t *testing.T) *sessionBus {
	t.Helper()
	config := filepath.Join(t.TempDir(), "bus.conf")
	require.NoError(t, os.WriteFile(config, []byte(busConfig), 0o600))
	return startBusWith(t, "--config-file="+config, nil)
}

// startBusWith starts a bus that gives the environment to the services it starts.
func startBusWith(t *testing.T, config string, env []string) *sessionBus {
	t.Helper()
	dir, err := os.MkdirTemp("", "cmx") // short: the name of a socket has a limit
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	daemon := exec.Command(apptest.Tool(t, "dbus-daemon"), config, "--nofork", "--print-address=1", "--address=unix:path="+filepath.Join(dir, "bus"))
	daemon.Env = env
	out, err := daemon.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, daemon.Start())
	t.Cleanup(func() {
		_ = daemon.Process.Kill()
		_ = daemon.Wait() // it was killed
	})
	address, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	b := &sessionBus{t: t, daemon: daemon, address: strings.TrimSpace(address)}
	b.conn = b.connect()
	return b
}

// connect makes a connection of its own, as each program has one.
func (b *sessionBus) connect() *dbus.Conn {
	b.t.Helper()
	conn, err := dbus.Connect(b.address)
	require.NoError(b.t, err)
	b.t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// context ends a call that nobody answers.
func (b *sessionBus) context() context.Context {
	ctx, cancel := context.WithTimeout(b.t.Context(), patience)
	b.t.Cleanup(cancel)
	return ctx
}

// own gives the connection a well-known name.
func (b *sessionBus) own(conn *dbus.Conn, name string) {
	b.t.Helper()
	reply, err := conn.RequestName(name, dbus.NameFlagDoNotQueue)
	require.NoError(b.t, err)
	require.Equal(b.t, dbus.RequestNameReplyPrimaryOwner, reply)
}

// owned says whether somebody has the name.
func (b *sessionBus) owned(name string) bool {
	var yes bool
	err := b.conn.BusObject().CallWithContext(b.context(), "org.freedesktop.DBus.NameHasOwner", 0, name).Store(&yes)
	return err == nil && yes
}
