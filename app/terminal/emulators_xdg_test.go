//go:build unix && !darwin

package terminal

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// among finds only these programs, in /bin; and those that are given by path.
func among(programs ...string) func(string) (string, error) {
	return func(program string) (string, error) {
		switch {
		case strings.HasPrefix(program, "/") && !strings.Contains(program, " "):
			return program, nil
		case slices.Contains(programs, program):
			return "/bin/" + program, nil
		}
		return "", exec.ErrNotFound
	}
}

func lines(found []candidate) []string {
	var all []string
	for _, c := range found {
		all = append(all, strings.Join(c.line, " "))
	}
	return all
}

func TestEveryTerminalGetsTheCommandInItsOwnWay(t *testing.T) {
	ways := map[string]string{
		"xdg-terminal-exec":   "c l",
		"x-terminal-emulator": "-e c l",
		"ptyxis":              "-- c l",
		"gnome-terminal":      "-- c l",
		"kgx":                 "-- c l",
		"konsole":             "-e c l",
		"xfce4-terminal":      "-x c l",
		"mate-terminal":       "-x c l",
		"qterminal":           "-e c l",
		"lxterminal":          "--command=c l",
		"cosmic-term":         "-e c l",
		"terminator":          "-x c l",
		"kitty":               "c l",
		"ghostty":             "-e c l",
		"wezterm":             "start -- c l",
		"alacritty":           "-e c l",
		"foot":                "c l",
		"urxvt":               "-e c l",
		"xterm":               "-e c l",
	}
	env := func(name string) string { return map[string]string{x11: ":0", wayland: "wayland-0"}[name] }
	for program, way := range ways {
		want := []string{"/bin/" + program + " " + way}
		assert.Equal(t, want, lines(candidates(env, among(program), []string{"c", "l"})))
	}
	for _, e := range emulators {
		assert.Contains(t, ways, e.program)
	}
}

func TestTheUsersTerminalComesFirst(t *testing.T) {
	both := map[string]string{x11: ":0", wayland: "wayland-0"}
	onlyX11 := map[string]string{x11: ":0"}
	onlyWayland := map[string]string{wayland: "wayland-0"}
	for name, c := range map[string]struct {
		display           map[string]string
		terminal, desktop string
		there             string
		want              []string
	}{
		"nothing is there": {both, "", "GNOME", "", nil},
		"the desktop's own before the system's": {
			both, "", "ubuntu:GNOME", "x-terminal-emulator xterm konsole gnome-terminal",
			[]string{"gnome-terminal -- c", "x-terminal-emulator -e c", "konsole -e c", "xterm -e c"},
		},
		"the user's choice before the desktop's": {
			both, "", "KDE", "xdg-terminal-exec konsole xterm",
			[]string{"xdg-terminal-exec c", "konsole -e c", "xterm -e c"},
		},
		"the variable before all": {
			both, "kitty", "KDE", "xdg-terminal-exec konsole kitty",
			[]string{"kitty c", "xdg-terminal-exec c", "konsole -e c"},
		},
		"a variable with options": {
			both, "kitty --single-instance", "", "kitty",
			[]string{"kitty --single-instance c", "kitty c"},
		},
		"a variable with a path": {
			both, "/opt/bin/wezterm", "", "",
			[]string{"/opt/bin/wezterm start -- c"},
		},
		"an unknown one is like xterm": {
			both, "st", "", "st xterm",
			[]string{"st -e c", "xterm -e c"},
		},
		"one that is gone": {
			both, "st -f mono", "", "xterm",
			[]string{"xterm -e c"},
		},
		"the variable says the same as the desktop": {
			both, "konsole", "KDE", "konsole",
			[]string{"konsole -e c"},
		},
		"an unknown desktop": {
			both, "", "Enlightenment", "xterm kitty x-terminal-emulator",
			[]string{"x-terminal-emulator -e c", "kitty c", "xterm -e c"},
		},
		"a desktop in a desktop": {
			both, "", "Budgie:GNOME", "ptyxis gnome-terminal",
			[]string{"gnome-terminal -- c", "ptyxis -- c"},
		},
		"no Wayland":   {onlyX11, "foot", "sway", "foot xterm", []string{"xterm -e c"}},
		"only Wayland": {onlyWayland, "xterm", "sway", "foot xterm", []string{"foot c"}},
	} {
		t.Run(name, func(t *testing.T) {
			env := func(variable string) string {
				switch variable {
				case "TERMINAL":
					return c.terminal
				case "XDG_CURRENT_DESKTOP":
					return c.desktop
				}
				return c.display[variable]
			}
			got := lines(candidates(env, among(strings.Fields(c.there)...), []string{"c"}))
			for i := range got {
				got[i] = strings.TrimPrefix(got[i], "/bin/")
			}
			assert.Equal(t, c.want, got)
		})
	}
}

func TestATerminalThatJoinsWordsIsNotGivenOddOnes(t *testing.T) {
	env := func(name string) string { return map[string]string{x11: ":0"}[name] }
	found := candidates(env, among("qterminal", "lxterminal"), []string{"/two words/c", "it's"})
	assert.Equal(t, []candidate{{line: []string{"/bin/lxterminal", `--command='/two words/c' 'it'\''s'`}}}, found)
}
