//go:build linux

package notify

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/app"
)

// patience is the deadline of everything that a test waits for.
const patience = 20 * time.Second

func init() {
	roles["tells"] = childTells
	roles["tells a desktop that hangs"] = childTellsHanging
	roles["has no desktop"] = childWithoutDesktop
}

// childTells shows two notices, and then looks whether any of it came to the
// connection that a tray would share.
func childTells() int {
	shared, err := dbus.SessionBus()
	if err != nil {
		return fail(err)
	}
	signals := make(chan *dbus.Signal, 10)
	shared.Signal(signals)
	desk := New(Config{Sender: testDesktop(), Log: slog.New(slog.NewTextHandler(os.Stderr, nil))})
	lost := running()
	signedOut(&lost)
	desk.Changed(app.State{}, lost)
	desk.Tell(app.Notice{Title: "A & B", Body: "<b>1</b> & 2"})
	if err := desk.Close(within(patience)); err != nil {
		return fail(err)
	}
	// What the service had sent before comes before its answer.
	if err := shared.Object(serviceName, servicePath).Call(serviceName+".Ping", 0).Err; err != nil {
		return fail(err)
	}
	for len(signals) > 0 {
		if signal := <-signals; signal.Path == servicePath {
			return fail(fmt.Errorf("the shared connection got %s, which ends systray's watch for the panel", signal.Name))
		}
	}
	return 0
}

func childTellsHanging() int {
	desk := New(Config{Sender: testDesktop(), Patience: 100 * time.Millisecond, Log: slog.New(slog.NewTextHandler(os.Stderr, nil))})
	for range 3 {
		desk.Tell(app.Notice{Title: "Hello?"})
	}
	if err := desk.Close(within(patience)); err != nil {
		return fail(err)
	}
	return 0
}

func childWithoutDesktop() int {
	desktop := testDesktop()
	err := desktop.Send(within(patience), app.Notice{Title: "Hello?"})
	if err == nil {
		return fail(errors.New("it was shown"))
	}
	fmt.Println(err)
	return 0
}

func fail(err error) int {
	fmt.Fprintln(os.Stderr, err)
	return 1
}

func within(d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), d)
	context.AfterFunc(ctx, cancel)
	return ctx
}

func testDesktop() *Desktop {
	d, err := NewDesktop(icon(), nil)
	if err != nil {
		panic(err)
	}
	return d
}

// icon is a picture of 2 × 3 px, half transparent red.
func icon() []byte {
	picture := image.NewNRGBA(image.Rect(0, 0, 2, 3))
	for i := range 6 {
		picture.SetNRGBA(i%2, i/2, color.NRGBA{R: 255, A: 128})
	}
	var out bytes.Buffer
	if err := png.Encode(&out, picture); err != nil {
		panic(err)
	}
	return out.Bytes()
}

const (
	serviceName = "org.freedesktop.Notifications"
	servicePath = "/org/freedesktop/Notifications"
)

// service shows notices to a test, as a desktop does on D-Bus.
type service struct {
	conn  *dbus.Conn
	calls chan call
	hang  chan struct{} // Notify answers when it is closed; nil for at once
}

type call struct {
	app, icon, title, body string
	replaces               uint32
	hints                  map[string]dbus.Variant
	expires                int32
}

func (s *service) Notify(appName string, replaces uint32, icon, title, body string, _ []string, hints map[string]dbus.Variant, expires int32, sender dbus.Sender) (uint32, *dbus.Error) {
	s.calls <- call{appName, icon, title, body, replaces, hints, expires}
	if s.hang != nil {
		<-s.hang
	}
	// The person closes it at once. Desktops tell this to whom it came from.
	s.conn.Send(&dbus.Message{
		Type: dbus.TypeSignal,
		Headers: map[dbus.HeaderField]dbus.Variant{
			dbus.FieldPath: dbus.MakeVariant(dbus.ObjectPath(servicePath)), dbus.FieldInterface: dbus.MakeVariant(serviceName),
			dbus.FieldMember: dbus.MakeVariant("NotificationClosed"), dbus.FieldDestination: dbus.MakeVariant(string(sender)),
			dbus.FieldSignature: dbus.MakeVariant(dbus.SignatureOf(uint32(0), uint32(0))),
		},
		Body: []any{uint32(1), uint32(2)},
	}, nil)
	return 1, nil
}

// Ping answers.
func (s *service) Ping() *dbus.Error { return nil }

// serve puts a service on a bus.
func serve(t *testing.T, address string, s *service) {
	t.Helper()
	conn, err := dbus.Connect(address, dbus.WithContext(within(patience)))
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	s.conn, s.calls = conn, make(chan call, 10)
	require.NoError(t, conn.Export(s, servicePath, serviceName))
	reply, err := conn.RequestName(serviceName, dbus.NameFlagDoNotQueue)
	require.NoError(t, err)
	require.Equal(t, dbus.RequestNameReplyPrimaryOwner, reply)
}

// bus starts a private session bus, which can start no services, and gives its address.
func bus(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("dbus-daemon"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("dbus-daemon is needed: ", err)
		}
		t.Skip("no dbus-daemon here")
	}
	config := filepath.Join(t.TempDir(), "bus.conf")
	require.NoError(t, os.WriteFile(config, []byte(`<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:tmpdir=/tmp</listen>
  <policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy>
</busconfig>`), 0o600))
	daemon := exec.Command("dbus-daemon", "--config-file="+config, "--nofork", "--print-address=1")
	daemon.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} // also when the test is cut off
	out, err := daemon.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, daemon.Start())
	t.Cleanup(func() {
		_ = daemon.Process.Kill()
		_ = daemon.Wait() // it was killed
	})
	address, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	return strings.TrimSpace(address)
}

// child runs the test binary in a role, on a bus, and gives what it wrote.
func child(t *testing.T, role, address string, env ...string) (stdout, stderr string) {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	c := exec.CommandContext(ctx, self)
	// The race detector would sleep for a second at the end of the child.
	c.Env = append(os.Environ(), "GORACE=atexit_sleep_ms=0", roleVariable+"="+role, "DBUS_SESSION_BUS_ADDRESS="+address)
	c.Env = append(c.Env, env...)
	var out, errors strings.Builder
	c.Stdout, c.Stderr = &out, &errors
	require.NoError(t, c.Run(), "%s", &errors)
	return out.String(), errors.String()
}

func TestNoticesReachTheDesktop(t *testing.T) {
	address := bus(t)
	s := &service{}
	serve(t, address, s)
	stdout, stderr := child(t, "tells", address)
	assert.Empty(t, stdout, "no BEL either")
	assert.Empty(t, stderr)
	require.Len(t, s.calls, 2)

	urgent := <-s.calls
	assert.Equal(t, "Claude Max API Proxy", urgent.app)
	assert.Equal(t, "Claude needs you to sign in", urgent.title)
	assert.Equal(t, byte(2), urgent.hints["urgency"].Value(), "critical")
	assert.Zero(t, urgent.expires, "stays")
	assert.Equal(t, true, urgent.hints["suppress-sound"].Value())
	pixel := string([]byte{255, 0, 0, 128})
	assert.Equal(t, []any{int32(2), int32(3), int32(8), true, int32(8), int32(4), []byte(strings.Repeat(pixel, 6))},
		urgent.hints["image-data"].Value())

	other := <-s.calls
	assert.Equal(t, "A & B", other.title, "a title is no markup")
	assert.Equal(t, "&lt;b&gt;1&lt;/b&gt; &amp; 2", other.body)
	assert.Equal(t, byte(1), other.hints["urgency"].Value(), "normal")
	assert.Equal(t, int32(-1), other.expires, "as the desktop likes")
	assert.Zero(t, other.replaces)
}

func TestADesktopThatNeverAnswersDoesNotKeepTheApp(t *testing.T) {
	address := bus(t)
	s := &service{hang: make(chan struct{})}
	serve(t, address, s)
	t.Cleanup(func() { close(s.hang) }) // before the connection is closed
	_, stderr := child(t, "tells a desktop that hangs", address)
	assert.NotEmpty(t, s.calls)
	assert.Contains(t, stderr, "does not take a notice")
}

func TestABusWithoutADesktopIsAnError(t *testing.T) {
	stdout, _ := child(t, "has no desktop", bus(t))
	assert.Contains(t, stdout, serviceName)
}

// TestNoBusIsStarted guards against what godbus does by default where there is no
// session: it starts one with dbus-launch, which nobody ends.
func TestNoBusIsStarted(t *testing.T) {
	runtime := fmt.Sprintf("/run/user/%d", os.Getuid())
	for _, sign := range []string{"bus", "dbus-session"} {
		if _, err := os.Stat(filepath.Join(runtime, sign)); err == nil {
			t.Skip("a session would be found in " + runtime)
		}
	}
	bin := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(bin, "dbus-launch"), []byte("#!/bin/sh\necho x >"+bin+"/launched\n"), 0o755))
	stdout, _ := child(t, "has no desktop", "", "PATH="+bin)
	assert.Contains(t, stdout, "session bus")
	assert.NoFileExists(t, filepath.Join(bin, "launched"))
}

func TestNothingIsSentWhereThereIsSaidToBeNoDesktop(t *testing.T) {
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nobody/may/look")
	there := false
	d, err := NewDesktop(icon(), func() bool { return there })
	require.NoError(t, err)
	require.ErrorIs(t, d.Send(t.Context(), app.Notice{Title: "a"}), ErrNoDesktop)
	there = true
	require.ErrorContains(t, d.Send(t.Context(), app.Notice{Title: "a"}), "/nobody/may/look")
	require.NoError(t, d.Close())
}

func TestAConnectionThatBrokeIsOpenedAgain(t *testing.T) {
	address := bus(t)
	s := &service{}
	serve(t, address, s)
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", address)
	d := testDesktop()
	require.NoError(t, d.Send(within(patience), app.Notice{Title: "a"}))
	first := d.conn
	require.NoError(t, d.Send(within(patience), app.Notice{Title: "b"}))
	assert.Same(t, first, d.conn, "it is kept")
	require.NoError(t, first.Close())
	require.NoError(t, d.Send(within(patience), app.Notice{Title: "c"}))
	assert.Len(t, s.calls, 3)
	require.NoError(t, d.Close())
	require.ErrorIs(t, d.Send(within(patience), app.Notice{Title: "d"}), ErrNoDesktop, "closed")
}

func TestAnIconIsNeeded(t *testing.T) {
	_, err := NewDesktop([]byte("no picture"), nil)
	assert.ErrorContains(t, err, "icon")
}
