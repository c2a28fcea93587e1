package autostart

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"unicode"
)

// fileSafe is an ID that is a plain file name everywhere, and a launchd label.
var fileSafe = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)

func (e Entry) named() error {
	if !fileSafe.MatchString(e.ID) {
		return fmt.Errorf("launch at login cannot use the name %q for its entry. Use letters, digits, -, _ and . only", e.ID)
	}
	return nil
}

// fit refuses an entry that could be written but would not start the program.
func (e Entry) fit() error {
	if err := e.named(); err != nil {
		return err
	}
	if e.Name == "" || strings.ContainsFunc(e.Name, unicode.IsControl) || strings.Contains(e.Name, `\`) {
		return fmt.Errorf("launch at login cannot show the name %q. Give one without control characters and backslashes", e.Name)
	}
	refuse := func(format string, args ...any) error {
		return fmt.Errorf("launch at login cannot be set up for %s: %s", e.Executable, fmt.Sprintf(format, args...))
	}
	if !filepath.IsAbs(e.Executable) {
		return refuse("the path must be absolute")
	}
	if strings.HasSuffix(e.Executable, " (deleted)") {
		return refuse("the program was deleted while it ran. Start it again from where it is now")
	}
	if temporary(e.Executable, temporaryPlaces()) {
		return refuse("it is a temporary place that will be emptied. Move or install the program somewhere permanent, and start it from there")
	}
	if why := unfit(e.Executable, true); why != "" {
		return refuse("the path has %s in it, which a login entry cannot carry. Move the program to a folder whose path has only letters, digits, spaces, -, _ and . in it, and start it from there", why)
	}
	for _, arg := range e.Args {
		if why := unfit(arg, false); why != "" {
			return refuse("its argument %q has %s in it, which a login entry cannot carry. Leave the argument out, or put what it says into the settings file", arg, why)
		}
	}
	info, err := os.Stat(e.Executable)
	switch {
	case err != nil:
		return fmt.Errorf("launch at login cannot be set up for %s: %w. If the program was moved, start it from where it is now", e.Executable, err)
	case !info.Mode().IsRegular():
		return refuse("it is no program file. Give the program's own path")
	case runtime.GOOS != "windows" && info.Mode()&0o111 == 0:
		return refuse("it may not be executed. Allow it with: chmod +x")
	}
	return nil
}

// temporaryPlaces is a variable for the tests, whose own files are in such places.
var temporaryPlaces = func() []string {
	if runtime.GOOS == "windows" {
		return []string{os.TempDir()}
	}
	return []string{os.TempDir(), "/tmp", "/var/tmp"}
}

// temporary says whether a program will probably be gone at the next login. By
// either name, the given one or the one without links: on macOS /tmp is a link.
func temporary(path string, places []string) bool {
	for element := range strings.SplitSeq(filepath.ToSlash(path), "/") {
		// "go run" builds below the temporary folder or in its cache; macOS runs a
		// downloaded app that nobody has moved yet from a read-only copy.
		if strings.HasPrefix(element, "go-build") || element == "AppTranslocation" {
			return true
		}
	}
	for _, path := range names(path) {
		for _, place := range places {
			for _, place := range names(place) {
				below, err := filepath.Rel(place, path)
				if err == nil && filepath.IsLocal(below) {
					return true
				}
			}
		}
	}
	return false
}

func names(path string) []string {
	if real, err := filepath.EvalSymlinks(path); err == nil && real != path {
		return []string{path, real}
	}
	return []string{path}
}
