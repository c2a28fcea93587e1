package autostart

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
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
