package autostart

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/windows"
)

func TestWhatTaskManagerSwitchedOffStaysOffUntilAsked(t *testing.T) {
	e := entry(t, "app.exe", "tray")
	require.NoError(t, e.Enable())
	require.NoError(t, e.setMarker([]byte{3, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8}))
	requireEnabled(t, e, false)
	moved := e
	moved.Executable = program(t, "moved.exe")
	repaired, err := moved.Repair()
	require.NoError(t, err)
	assert.False(t, repaired)

	require.NoError(t, e.Enable())
	requireEnabled(t, e, true)
	require.NoError(t, e.setMarker([]byte{2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}))
	requireEnabled(t, e, true)
}

func TestACommandLineThatIsTooLongIsRefusedAndUndone(t *testing.T) {
	e := entry(t, "app.exe", strings.Repeat("x", longestRun))
	assert.ErrorContains(t, e.Enable(), "at most 260")
	requireEnabled(t, e, false)
}

// FuzzACommandLineIsReadAsItWasMeant: Windows hands a program one line, in which every
// argument has to be found again as it was.
func FuzzACommandLineIsReadAsItWasMeant(f *testing.F) {
	for _, s := range []string{"tray", "", "two words", `a"b`, `a\`, `a\\"b`, `\\server\share\`, "&|<>^", "'", "ö", "--x=y"} {
		f.Add(`C:\Programs\`+s+`\app.exe`, s, s)
	}
	f.Fuzz(func(t *testing.T, path, first, second string) {
		// No path on Windows has a quote in it.
		if path == "" || strings.Contains(path, `"`) || unfitForRun(path, true)+unfitForRun(first, false)+unfitForRun(second, false) != "" {
			return
		}
		argv := []string{path, first, second}
		got, err := windows.DecomposeCommandLine(windows.ComposeCommandLine(argv))
		require.NoError(t, err)
		require.Equal(t, argv, got)
	})
}
