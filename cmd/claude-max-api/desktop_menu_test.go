//go:build linux

package main

import (
	"strconv"
	"strings"

	"github.com/godbus/dbus/v5"
	"github.com/stretchr/testify/require"
)

const (
	menuPath      = "/StatusNotifierItem/menu"
	menuInterface = "com.canonical.dbusmenu"
)

// shownLine is a visible line of a menu.
type shownLine struct {
	id                 int32
	label              string // "" for a separator
	enabled            bool
	checkable, checked bool
}

// String draws it: (told only), [x] switched on, [ ] off, and --- for a separator.
func (l shownLine) String() string {
	switch {
	case l.label == "":
		return "---"
	case l.checked:
		return "[x] " + l.label
	case l.checkable:
		return "[ ] " + l.label
	case !l.enabled:
		return "(" + l.label + ")"
	}
	return l.label
}

// shownMenu is a menu as it is shown.
type shownMenu []shownLine

// String draws it, without what is different each time.
func (m shownMenu) String() string {
	var out strings.Builder
	for _, l := range m {
		out.WriteString(l.String() + "\n")
	}
	return out.String()
}

// line gives the line with the label.
func (m shownMenu) line(label string) (shownLine, bool) {
	for _, l := range m {
		if l.label == label {
			return l, true
		}
	}
	return shownLine{}, false
}

// buttons are the lines that do something.
func (m shownMenu) buttons() []shownLine {
	var found []shownLine
	for _, l := range m {
		if l.enabled && l.label != "" {
			found = append(found, l)
		}
	}
	return found
}

// layout is a menu on the bus, (ia{sv}av).
type layout struct {
	ID         int32
	Properties map[string]dbus.Variant
	Children   []dbus.Variant
}

// menu asks for the menu as a panel does when it is opened.
func (i trayItem) menu() shownMenu {
	i.bus.t.Helper()
	const all, deep = int32(0), int32(-1)
	var revision uint32
	var root layout
	err := i.bus.conn.Object(i.owner, menuPath).
		CallWithContext(i.bus.context(), menuInterface+".GetLayout", 0, all, deep, []string{}).Store(&revision, &root)
	require.NoError(i.bus.t, err)
	var m shownMenu
	for _, child := range root.Children {
		var l layout
		require.NoError(i.bus.t, dbus.Store([]any{child.Value()}, &l))
		if visible, ok := l.Properties["visible"].Value().(bool); ok && !visible {
			continue
		}
		line := shownLine{id: l.ID, enabled: true}
		if l.Properties["type"].Value() == "separator" {
			m = append(m, line)
			continue
		}
		line.label, _ = l.Properties["label"].Value().(string)
		// One underscore marks a key, two stand for one.
		line.label = strings.ReplaceAll(strings.ReplaceAll(strings.ReplaceAll(line.label, "__", "\x00"), "_", ""), "\x00", "_")
		if enabled, ok := l.Properties["enabled"].Value().(bool); ok {
			line.enabled = enabled
		}
		line.checkable = l.Properties["toggle-type"].Value() == "checkmark"
		line.checked = l.Properties["toggle-state"].Value() == int32(1)
		m = append(m, line)
	}
	return m
}

// status is the first line.
func (i trayItem) status() string {
	i.bus.t.Helper()
	if m := i.menu(); len(m) > 0 {
		return m[0].label
	}
	return ""
}

func (i trayItem) awaitStatus(want string) {
	i.bus.t.Helper()
	await(i.bus.t, "the menu to say "+want, func() bool { return i.status() == want })
}

// awaitChecked waits until a line that can be switched is on or off.
func (i trayItem) awaitChecked(label string, on bool) {
	i.bus.t.Helper()
	await(i.bus.t, label+" to be "+strconv.FormatBool(on), func() bool {
		l, ok := i.menu().line(label)
		return ok && l.checkable && l.checked == on
	})
}

// awaitMenu waits for a whole menu, as text.
func (i trayItem) awaitMenu(want string, replace ...string) {
	i.bus.t.Helper()
	var shown string
	defer func() {
		if shown != want {
			i.bus.t.Logf("the menu is\n%s", shown)
		}
	}()
	await(i.bus.t, "the menu\n"+want, func() bool {
		shown = strings.NewReplacer(replace...).Replace(i.menu().String())
		return shown == want
	})
}

// click waits for the line, and clicks it.
func (i trayItem) click(label string) {
	i.bus.t.Helper()
	var l shownLine
	await(i.bus.t, "the line "+label, func() (ok bool) {
		l, ok = i.menu().line(label)
		return ok && l.enabled
	})
	i.clickLine(l)
}

func (i trayItem) clickLine(l shownLine) {
	i.bus.t.Helper()
	const now = uint32(0)
	require.NoError(i.bus.t, i.bus.conn.Object(i.owner, menuPath).
		CallWithContext(i.bus.context(), menuInterface+".Event", 0, l.id, "clicked", dbus.MakeVariant(""), now).Err)
}
