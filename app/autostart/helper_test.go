package autostart

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// entry is one for a program of that name, which is there; it is gone after the test.
func entry(t *testing.T, name string, args ...string) Entry {
	t.Helper()
	e := Entry{ID: "claude-max-api", Name: "Claude Max API Proxy", Executable: program(t, name), Args: args}
	t.Cleanup(func() { require.NoError(t, e.Disable()) })
	return e
}

// program makes a program that writes its arguments, a line each, to its own path
// with ".ran" behind.
func program(t *testing.T, name string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
	script := "#!/bin/sh\nprintf '%s\\n' \"$@\" >\"$0.tmp\" && mv \"$0.tmp\" \"$0.ran\"\n"
	require.NoError(t, os.WriteFile(path, []byte(script), 0o700))
	return path
}

func requireEnabled(t *testing.T, e Entry, want bool) {
	t.Helper()
	enabled, err := e.Enabled()
	require.NoError(t, err)
	require.Equal(t, want, enabled)
}
