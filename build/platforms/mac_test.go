package platforms

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTheProgramWithItsIconTypeChecksForMacs(t *testing.T) {
	t.Parallel()
	for _, arch := range []string{"arm64", "amd64"} {
		t.Run(arch, func(t *testing.T) {
			if testing.Short() && arch != "arm64" {
				t.Skip("one of them finds nearly all; the race detector makes this slow")
			}
			t.Parallel()
			c := newChecker(platform{"darwin", arch})
			told := map[string]bool{} // a package is checked with and without its tests
			for _, mistake := range c.check(t, nil, true, "./...") {
				if text := mistake.Error(); !told[text] {
					told[text] = true
					t.Error(text)
				}
			}
			c.path(t, "systray/systray_darwin.go") // or the check has missed its point
			assert.False(t, slices.ContainsFunc(c.files, isFile("app/tray/tray_nocgo.go")), "this is how it looks without cgo")
			for _, p := range plants {
				t.Run("and it would notice "+p.what, func(t *testing.T) {
					found := errors.Join(c.fork().check(t, p.overlay(t, c), false, p.pattern)...)
					require.Error(t, found)
					for _, part := range p.found {
						assert.ErrorContains(t, found, part)
					}
				})
			}
		})
	}
}

// plant is a mistake made on purpose, in what only a Mac with cgo compiles. All but
// the last would pass every build and vet here.
type plant struct {
	what    string
	pattern string // the package
	in      string // a file of the program, by the end of its path
	beside  string // a new file next to it, if not in the file itself
	change  func(text string) string
	found   []string // in what the check says
}

var plants = []plant{
	{
		what:    "a constraint that leaves the Mac out",
		pattern: "./app/tray",
		in:      "app/tray/host_other.go",
		change: func(text string) string {
			return strings.Replace(text, "//go:build windows || (darwin && cgo)", "//go:build windows", 1)
		},
		found: []string{"tray.go:", "undefined: watchHost"},
	},
	{
		what:    "a wrong use of the Objective-C bridge",
		pattern: "./app/tray",
		in:      "app/tray/tray.go",
		beside:  "planted_darwin.go",
		change: func(string) string {
			return "//go:build cgo\n\npackage tray\n\nimport \"fyne.io/systray\"\n\n" +
				"func planted() { systray.SetRemovalAllowed(\"yes\") }\n"
		},
		found: []string{"planted_darwin.go:7:", "cannot use \"yes\"", "as bool value"},
	},
	{
		what:    "a bridge that does not fit the rest of its library",
		pattern: "fyne.io/systray",
		in:      "systray/systray_darwin.go",
		change:  func(text string) string { return strings.Replace(text, "func quit()", "func leave()", 1) },
		found:   []string{"systray.go:", "undefined: quit"},
	},
	{
		what:    "a mistake in the body of a function",
		pattern: "./app/tray",
		in:      "app/tray/tray.go",
		change:  func(text string) string { return text + "\nfunc planted() int { return title }\n" },
		found:   []string{"tray.go:", "cannot use title"},
	},
}

func (p plant) overlay(t *testing.T, c *checker) overlay {
	t.Helper()
	path := c.path(t, p.in)
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	changed := p.change(string(text))
	require.NotEqual(t, string(text), changed, "%s has changed; plant something else", p.in)
	if p.beside != "" {
		path = filepath.Join(filepath.Dir(path), p.beside)
	}
	return overlay{path: []byte(changed)}
}

// path is the full path of a file that was checked, found by its end.
func (c *checker) path(t *testing.T, end string) string {
	t.Helper()
	i := slices.IndexFunc(c.files, isFile(end))
	require.GreaterOrEqual(t, i, 0, "no file %s was checked", end)
	return c.files[i]
}

// isFile compares the end of a path, apart from a version as in systray@v1.
func isFile(end string) func(path string) bool {
	folder, name := filepath.Split(filepath.FromSlash(end))
	folder = filepath.Clean(folder)
	return func(path string) bool {
		in, _, _ := strings.Cut(filepath.Dir(path), "@v")
		return filepath.Base(path) == name && strings.HasSuffix(in, string(filepath.Separator)+folder)
	}
}
