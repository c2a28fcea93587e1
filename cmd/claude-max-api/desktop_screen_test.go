//go:build linux

package main

import (
	"bufio"
	"fmt"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"claude-max-api-proxy/build/apptest"

	"github.com/stretchr/testify/require"
)

// screen is a real desktop without a monitor: an X server, a window manager, a panel
// and whatever D-Bus starts, as the notification daemon, in a home of its own.
type screen struct {
	t         *testing.T
	home      string
	display   string
	bus       *sessionBus
	artifacts string // where the pictures go
	panel     *exec.Cmd
}

// desktopPATH is what a login session has: nothing that a shell's start-up files add.
const desktopPATH = "/usr/local/bin:/usr/bin:/bin"

// panelConfig has a row of windows, a gap, and the tray, at the top of the screen.
const panelConfig = `<?xml version="1.0" encoding="UTF-8"?>
<channel name="xfce4-panel" version="1.0">
  <property name="configver" type="int" value="2"/>
  <property name="panels" type="array">
    <value type="int" value="1"/>
    <property name="panel-1" type="empty">
      <property name="position" type="string" value="p=6;x=0;y=0"/>
      <property name="length" type="uint" value="100"/>
      <property name="position-locked" type="bool" value="true"/>
      <property name="size" type="uint" value="32"/>
      <property name="plugin-ids" type="array">
        <value type="int" value="1"/>
        <value type="int" value="2"/>
        <value type="int" value="3"/>
      </property>
    </property>
  </property>
  <property name="plugins" type="empty">
    <property name="plugin-1" type="string" value="tasklist"/>
    <property name="plugin-2" type="string" value="separator">
      <property name="expand" type="bool" value="true"/>
      <property name="style" type="uint" value="0"/>
    </property>
    <property name="plugin-3" type="string" value="systray">
      <property name="square-icons" type="bool" value="true"/>
    </property>
  </property>
</channel>
`

// noticeStyle makes popups that can be read in a picture.
const noticeStyle = `[global]
    font = DejaVu Sans 10
    width = 380
    height = 160
    origin = top-right
    offset = 12x44
    frame_width = 2
    corner_radius = 6
    max_icon_size = 48
    show_indicators = no
`

// startScreen starts the desktop for a home, and waits until it shows icons.
func startScreen(t *testing.T, home string) *screen {
	t.Helper()
	s := &screen{t: t, home: home, artifacts: os.Getenv("DESKTOP_ARTIFACTS")}
	if s.artifacts == "" {
		s.artifacts = filepath.Join("..", "..", "dist", "desktop")
	}
	require.NoError(t, os.MkdirAll(s.artifacts, 0o755))
	for path, content := range map[string]string{
		".config/xfce4/xfconf/xfce-perchannel-xml/xfce4-panel.xml": panelConfig,
		".config/dunst/dunstrc": noticeStyle,
	} {
		path = filepath.Join(home, path)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	}
	require.NoError(t, os.MkdirAll(filepath.Join(home, "run"), 0o700))
	for _, name := range []string{"xdotool", "import", "display", "dunst", "xclip", "dex"} {
		apptest.Tool(t, name) // before anything is started
	}

	s.startX()
	s.bus = startBusWith(t, "--session", s.env())
	s.run("openbox")
	_ = s.command("display", "-window", "root", "-size", "1024x640", "gradient:#3b5a80-#7fa3c7").Run() // status 1 is its success
	s.startPanel()
	return s
}

// startX starts the X server on a display that is free.
func (s *screen) startX() {
	s.t.Helper()
	out, in, err := os.Pipe()
	require.NoError(s.t, err)
	x := exec.Command(apptest.Tool(s.t, "Xvfb"), "-displayfd", "3", "-screen", "0", "1024x640x24", "-nolisten", "tcp")
	x.ExtraFiles = []*os.File{in}
	s.startUntilTheEnd(x)
	require.NoError(s.t, in.Close())
	number, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(s.t, err)
	require.NoError(s.t, out.Close())
	s.display = ":" + strings.TrimSpace(number)
}

// startPanel waits for the part that shows tray icons.
func (s *screen) startPanel() {
	s.t.Helper()
	s.panel = s.run("xfce4-panel", "--disable-wm-check")
	await(s.t, "the panel", func() bool { return s.bus.owned(watcherName) })
}

// env is that of a program in the session.
func (s *screen) env() []string {
	env := []string{
		"PATH=" + desktopPATH, "HOME=" + s.home, "DISPLAY=" + s.display, "XDG_RUNTIME_DIR=" + filepath.Join(s.home, "run"),
		"XDG_CONFIG_HOME=" + filepath.Join(s.home, ".config"), "XDG_CACHE_HOME=" + filepath.Join(s.home, ".cache"),
		"XDG_DATA_HOME=" + filepath.Join(s.home, ".local", "share"), "XDG_STATE_HOME=" + filepath.Join(s.home, ".local", "state"),
		"XDG_CONFIG_DIRS=/nonexistent", // nothing of the machine's own starts at login
		"XDG_CURRENT_DESKTOP=XFCE", "GTK_THEME=Adwaita", "NO_AT_BRIDGE=1", "LANG=C.UTF-8",
	}
	if s.bus != nil {
		env = append(env, "DBUS_SESSION_BUS_ADDRESS="+s.bus.address)
	}
	return env
}

// screenCommand is a program that ends by itself.
type screenCommand struct {
	s *screen
	*exec.Cmd
}

func (s *screen) command(name string, args ...string) screenCommand {
	s.t.Helper()
	c := exec.CommandContext(s.bus.context(), apptest.Tool(s.t, name), args...)
	c.Env = s.env()
	return screenCommand{s, c}
}

// run wants success, and gives what it printed.
func (c screenCommand) run() string {
	c.s.t.Helper()
	var stderr strings.Builder
	c.Stderr = &stderr
	out, err := c.Output()
	require.NoError(c.s.t, err, "%q: %s", c.Args, &stderr)
	return string(out)
}

// run starts a program that stays until the end of the test.
func (s *screen) run(name string, args ...string) *exec.Cmd {
	s.t.Helper()
	c := exec.Command(apptest.Tool(s.t, name), args...)
	c.Env = s.env()
	s.startUntilTheEnd(c)
	return c
}

func (s *screen) startUntilTheEnd(c *exec.Cmd) {
	s.t.Helper()
	require.NoError(s.t, c.Start())
	s.t.Cleanup(func() {
		_ = c.Process.Kill()
		_ = c.Wait() // it was killed, here or by the test
	})
}

// windows gives the places of the visible windows of a class, those off the screen
// left out.
func (s *screen) windows(class string) []image.Rectangle {
	s.t.Helper()
	c := s.command("xdotool", "search", "--onlyvisible", "--class", class, "getwindowgeometry", "--shell", "%@")
	out, _ := c.Output() // it fails when there is none, or when one goes meanwhile
	var found []image.Rectangle
	var x, y, width, height int
	for line := range strings.Lines(string(out)) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		n, _ := strconv.Atoi(value)
		switch key {
		case "X":
			x = n
		case "Y":
			y = n
		case "WIDTH":
			width = n
		case "HEIGHT":
			height = n
			if x >= 0 && y >= 0 {
				found = append(found, image.Rect(x, y, x+width, y+height))
			}
		}
	}
	return found
}

// The panel draws its parts in windows of their own: the tray, which is as large as
// its icons, and the menu that opens from it.
const panelParts = "wrapper"

// icon waits for an icon in the tray, and gives its place.
func (s *screen) icon() (at image.Rectangle) {
	s.t.Helper()
	await(s.t, "an icon in the panel", func() bool {
		for _, w := range s.windows(panelParts) {
			if w.Dx() >= 16 && w.Dx() < 60 && w.Dy() < 60 {
				at = w
				return true
			}
		}
		return false
	})
	return at
}

// menuAt gives the place of the open menu.
func (s *screen) menuAt() (at image.Rectangle, open bool) {
	s.t.Helper()
	for _, w := range s.windows(panelParts) {
		if w.Dx() >= 100 && w.Dy() >= 100 {
			return w, true
		}
	}
	return at, false
}

// openMenu clicks the icon and waits until the menu is drawn, with so many lines.
func (s *screen) openMenu(lines int) (rows []image.Rectangle) {
	s.t.Helper()
	s.clickAt(s.icon())
	await(s.t, fmt.Sprintf("a menu of %d lines", lines), func() bool {
		at, open := s.menuAt()
		if !open {
			return false
		}
		rows = textRows(s.picture(), at)
		return len(rows) == lines
	})
	return rows
}

func (s *screen) awaitNoMenu() {
	s.t.Helper()
	await(s.t, "the menu to close", func() bool { _, open := s.menuAt(); return !open })
}

// clickAt clicks the middle of something.
func (s *screen) clickAt(what image.Rectangle) {
	s.t.Helper()
	s.command("xdotool", append(s.moveTo(what), "click", "1")...).run()
}

// park moves the mouse to where it causes no tooltip and lights up nothing.
func (s *screen) park() {
	s.t.Helper()
	s.command("xdotool", "mousemove", "100", "600").run()
}

func (s *screen) moveTo(what image.Rectangle) []string {
	middle := what.Min.Add(what.Max).Div(2)
	return []string{"mousemove", strconv.Itoa(middle.X), strconv.Itoa(middle.Y)}
}

// keys types keys.
func (s *screen) keys(names ...string) {
	s.t.Helper()
	s.command("xdotool", append([]string{"key", "--delay", "30"}, names...)...).run()
}

// choose clicks a line of the icon's menu, by mouse.
func (s *screen) choose(i trayItem, label string) {
	s.t.Helper()
	lines := slices.DeleteFunc(i.menu(), func(l shownLine) bool { return l.label == "" })
	rows := s.openMenu(len(lines))
	at := slices.IndexFunc(lines, func(l shownLine) bool { return l.label == label })
	require.GreaterOrEqual(s.t, at, 0, label)
	s.clickAt(rows[at])
	s.awaitNoMenu()
}

// chooseByKeys does so by keyboard, which stops at the lines that do something.
func (s *screen) chooseByKeys(i trayItem, label string) {
	s.t.Helper()
	m := i.menu()
	s.openMenu(len(slices.DeleteFunc(slices.Clone(m), func(l shownLine) bool { return l.label == "" })))
	s.park()
	at := slices.IndexFunc(m.buttons(), func(l shownLine) bool { return l.label == label })
	require.GreaterOrEqual(s.t, at, 0, label)
	s.keys(append(slices.Repeat([]string{"Down"}, at+1), "Return")...)
	s.awaitNoMenu()
}

// picture is what is on the screen.
func (s *screen) picture() image.Image {
	s.t.Helper()
	out := s.command("import", "-window", "root", "png:-").run()
	picture, err := png.Decode(strings.NewReader(out))
	require.NoError(s.t, err)
	return picture
}

// keep stores a picture for people.
func (s *screen) keep(name string) {
	s.t.Helper()
	s.command("import", "-window", "root", filepath.Join(s.artifacts, name+".png")).run()
}
