package autostart

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAnEntryIsSwitchedOnAndOff(t *testing.T) {
	e := entry(t, "app", "tray", "--from-login")
	requireEnabled(t, e, false)
	for range 2 { // the library breaks its file when one App is used twice
		require.NoError(t, e.Enable())
		requireEnabled(t, e, true)
		k, err := e.read()
		require.NoError(t, err)
		assert.Equal(t, []string{e.Executable, "tray", "--from-login"}, k.argv)
	}
	assert.Equal(t, []string{"tray", "--from-login"}, e.Args, "the caller's arguments stay as they are")
	for range 2 {
		require.NoError(t, e.Disable())
		requireEnabled(t, e, false)
	}
}

func TestWhatPeopleCallTheirFoldersIsCarried(t *testing.T) {
	for _, name := range []string{
		"two words/app", "Müller & Söhne/app", "日本語/app", "it's (new), [really]; #1~/app", " a  b /app",
	} {
		if unfit(name, true) != "" || runtime.GOOS == "windows" && strings.HasPrefix(name, " ") {
			continue // property lists cannot have the "&", Windows' folders no space at the end
		}
		t.Run(name, func(t *testing.T) {
			e := entry(t, name, "", "two words", "--flag=ö", "'", "-")
			require.NoError(t, e.Enable())
			k, err := e.read()
			require.NoError(t, err)
			assert.Equal(t, e.argv(), k.argv)
		})
	}
}

func TestAnEntryThatCannotWorkIsRefused(t *testing.T) {
	good := entry(t, "app")
	for name, c := range map[string]struct {
		change func(*Entry)
		says   string
	}{
		"no ID":              {func(e *Entry) { e.ID = "" }, "letters, digits"},
		"an ID with folders": {func(e *Entry) { e.ID = "../../etc/passwd" }, "letters, digits"},
		"no name":            {func(e *Entry) { e.Name = "" }, "cannot show the name"},
		"a name with lines":  {func(e *Entry) { e.Name = "a\nExec=b" }, "cannot show the name"},
		"a relative path":    {func(e *Entry) { e.Executable = "app" }, "must be absolute"},
		"a deleted program":  {func(e *Entry) { e.Executable += " (deleted)" }, "Start it again"},
		"no such program":    {func(e *Entry) { e.Executable += "-gone" }, "start it from where it is now"},
		"a folder":           {func(e *Entry) { e.Executable = filepath.Dir(e.Executable) }, "no program file"},
		"a percent sign":     {func(e *Entry) { e.Executable = filepath.Join(t.TempDir(), "100%") }, "Move the program"},
		"a line break":       {func(e *Entry) { e.Executable += "\n" }, "a line break in it"},
		"a bad argument":     {func(e *Entry) { e.Args = []string{"ok", "a\tb"} }, "Leave the argument out"},
	} {
		t.Run(name, func(t *testing.T) {
			if runtime.GOOS == "darwin" && name == "a percent sign" {
				t.Skip("launchd takes it as it is")
			}
			e := good
			c.change(&e)
			assert.ErrorContains(t, e.Enable(), c.says)
			requireEnabled(t, good, false)
		})
	}
}

func TestAFileThatMayNotBeExecutedIsRefused(t *testing.T) {
	e := entry(t, "app")
	require.NoError(t, os.Chmod(e.Executable, 0o600))
	if runtime.GOOS != "windows" {
		assert.ErrorContains(t, e.Enable(), "chmod +x")
	}
}

func TestRepairFollowsTheProgram(t *testing.T) {
	old := entry(t, "1.0/app", "tray")
	moved := old
	moved.Executable = program(t, "1.1/app")
	otherArgs := old
	otherArgs.Args = []string{"tray", "--quiet"}
	for name, c := range map[string]struct {
		now      Entry
		gone     bool // the old program
		repaired bool
	}{
		"nothing changed": {old, false, false},
		"moved":           {moved, true, true},
		"another copy":    {moved, false, false},
		"other arguments": {otherArgs, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, old.Enable())
			if c.gone {
				require.NoError(t, os.Rename(old.Executable, old.Executable+".away"))
				defer func() { require.NoError(t, os.Rename(old.Executable+".away", old.Executable)) }()
			}
			repaired, err := c.now.Repair()
			require.NoError(t, err)
			assert.Equal(t, c.repaired, repaired)
			k, err := old.read()
			require.NoError(t, err)
			want := old
			if c.repaired {
				want = c.now
			}
			assert.Equal(t, want.argv(), k.argv)
			repaired, err = c.now.Repair()
			require.NoError(t, err)
			assert.False(t, repaired, "once is enough")
		})
	}
}

func TestRepairLeavesWhatIsOffAlone(t *testing.T) {
	e := entry(t, "app")
	repaired, err := e.Repair()
	require.NoError(t, err)
	assert.False(t, repaired)
	requireEnabled(t, e, false)
}

func TestRepairLeavesALinkThatOutlivesUpdatesAlone(t *testing.T) {
	e := entry(t, "app")
	linked := e
	linked.Executable = filepath.Join(t.TempDir(), "app")
	if err := os.Symlink(e.Executable, linked.Executable); err != nil {
		t.Skip(err)
	}
	require.NoError(t, linked.Enable())
	repaired, err := e.Repair()
	require.NoError(t, err)
	assert.False(t, repaired)
	k, err := e.read()
	require.NoError(t, err)
	assert.Equal(t, linked.argv(), k.argv)
}

func TestATrialCopyTakesNothingOver(t *testing.T) {
	installed := entry(t, "app")
	trial := installed
	trial.Executable = program(t, "trial")
	require.NoError(t, installed.Enable())
	places := temporaryPlaces
	temporaryPlaces = func() []string { return []string{filepath.Dir(trial.Executable)} }
	defer func() { temporaryPlaces = places }()

	repaired, err := trial.Repair()
	require.NoError(t, err)
	assert.False(t, repaired)
	assert.ErrorContains(t, trial.Enable(), "temporary place")

	// Without the installed one the entry is broken, and that has to be said.
	require.NoError(t, os.Remove(installed.Executable))
	repaired, err = trial.Repair()
	assert.ErrorContains(t, err, "temporary place")
	assert.False(t, repaired)
	k, err := installed.read()
	require.NoError(t, err)
	assert.Equal(t, installed.argv(), k.argv, "nothing was touched")
}

func TestTemporaryPlacesAreKnown(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the paths are Unix'")
	}
	real := t.TempDir()
	link := filepath.Join(t.TempDir(), "link")
	require.NoError(t, os.Symlink(real, link))
	require.NoError(t, os.WriteFile(filepath.Join(real, "app"), nil, 0o600))
	places := []string{"/tmp", link}
	for path, want := range map[string]bool{
		"/tmp/app":                         true,
		"/tmp/deep/down/app":               true,
		"/tmpfiles/app":                    false,
		"/home/me/tmp/app":                 false,
		"/home/me/..tmp/app":               false,
		"/usr/bin/claude-max-api":          false,
		filepath.Join(link, "app"):         true,
		filepath.Join(real, "app"):         true, // the same by its other name
		"/home/me/.cache/go-build/ab/app":  true, // go run since Go 1.24
		"/build/go-build123/b001/exe/main": true,
		"/private/var/folders/x/T/AppTranslocation/0-1/d/Claude.app/Contents/MacOS/x": true,
	} {
		assert.Equal(t, want, temporary(path, places), path)
	}
}
