//go:build unix && !darwin

package terminal

import (
	"path/filepath"
	"slices"
	"strings"
)

// emulator is a terminal program and its own way to be told what to run.
type emulator struct {
	program  string
	before   []string // stands before argv
	desktops []string // whose own it is, as XDG_CURRENT_DESKTOP has them, in lower case
	display  string   // the variable without which it cannot have a window; "": either will do
	// joins: it puts argv together with spaces and takes it apart again, so that
	// only plain words survive.
	joins bool
	// option takes the command as one text with a shell's quotes, instead of argv.
	option string
	// failure is the exit status for its own failures, when it otherwise hands on that
	// of argv; 0: any status but 0 is its own.
	failure int
}

// These two stand for another program that was chosen: by the user, and for the
// system.
var (
	chosen   = emulator{program: "xdg-terminal-exec"}
	standard = emulator{program: "x-terminal-emulator", before: []string{"-e"}} // Debian Policy 11.8.3
)

// emulators is in the order in which they are tried. Sources: their manuals and
// sources as of Debian 12, and of ptyxis and ghostty from 2025.
var emulators = []emulator{
	{program: "ptyxis", before: []string{"--"}, desktops: []string{"gnome"}},
	{program: "gnome-terminal", before: []string{"--"}, desktops: []string{"gnome", "unity", "x-cinnamon", "budgie"}},
	{program: "kgx", before: []string{"--"}, desktops: []string{"gnome"}}, // GNOME Console
	{program: "konsole", before: []string{"-e"}, desktops: []string{"kde"}},
	{program: "xfce4-terminal", before: []string{"-x"}, desktops: []string{"xfce"}},
	{program: "mate-terminal", before: []string{"-x"}, desktops: []string{"mate"}},
	{program: "qterminal", before: []string{"-e"}, desktops: []string{"lxqt"}, joins: true},
	{program: "lxterminal", desktops: []string{"lxde"}, option: "--command="}, // -e joins
	{program: "cosmic-term", before: []string{"-e"}, desktops: []string{"cosmic"}},
	{program: "terminator", before: []string{"-x"}},
	{program: "kitty", desktops: []string{"hyprland"}},
	{program: "ghostty", before: []string{"-e"}},
	{program: "wezterm", before: []string{"start", "--"}},
	{program: "alacritty", before: []string{"-e"}},
	{program: "foot", desktops: []string{"sway"}, display: wayland, failure: 230},
	{program: "urxvt", before: []string{"-e"}, display: x11},
	{program: "xterm", before: []string{"-e"}, display: x11},
}

// The variables that name a display.
const (
	x11     = "DISPLAY"
	wayland = "WAYLAND_DISPLAY"
)

// candidate is a command line that opens a window.
type candidate struct {
	line    []string
	failure int // see emulator
}

// candidates gives what may open a window for argv, best first: what the user has
// named, what the desktop brings along, what the system has been set to, and
// whatever else is there. look finds a program, as [exec.LookPath] does.
func candidates(getenv func(string) string, look func(string) (string, error), argv []string) []candidate {
	order := []emulator{chosen}
	desktop := strings.Split(strings.ToLower(getenv("XDG_CURRENT_DESKTOP")), ":")
	for _, name := range desktop {
		for _, e := range emulators {
			if slices.Contains(e.desktops, name) {
				order = append(order, e)
			}
		}
	}
	order = append(append(order, standard), emulators...)

	var found []candidate
	add := func(e emulator, program string, options ...string) {
		if e.display != "" && getenv(e.display) == "" || e.joins && !plain(argv) {
			return
		}
		path, err := look(program)
		if err != nil {
			return
		}
		line := append([]string{path}, options...)
		if e.option != "" {
			line = append(line, e.option+CommandLine(argv))
		} else {
			line = append(append(line, e.before...), argv...)
		}
		if !slices.ContainsFunc(found, func(c candidate) bool { return slices.Equal(c.line, line) }) {
			found = append(found, candidate{line, e.failure})
		}
	}
	// $TERMINAL is a program for most people, and a program with options for some.
	if named := strings.Fields(getenv("TERMINAL")); len(named) > 0 {
		add(known(getenv("TERMINAL")), getenv("TERMINAL"))
		if len(named) > 1 {
			add(known(named[0]), named[0], named[1:]...)
		}
	}
	for _, e := range order {
		add(e, e.program)
	}
	return found
}

// known gives an emulator's ways by its path; most others do as xterm does.
func known(path string) emulator {
	name := filepath.Base(path)
	for _, e := range append([]emulator{chosen, standard}, emulators...) {
		if e.program == name {
			return e
		}
	}
	return emulator{program: name, before: []string{"-e"}}
}

// plain says whether argv survives being joined and split.
func plain(argv []string) bool {
	return !slices.ContainsFunc(argv, func(arg string) bool { return quote(arg) != arg })
}
