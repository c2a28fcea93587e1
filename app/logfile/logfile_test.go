package logfile

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestWhatIsLoggedGoesToTheFileAndTheTerminal(t *testing.T) {
	path := filepath.Join(t.TempDir(), "claude-max-api", "a.log")
	var terminal bytes.Buffer
	log, file, err := New(path, slog.LevelInfo, &terminal)
	require.NoError(t, err)
	log.Info("began", "port", 3456)
	log.Debug("not asked for")
	require.NoError(t, file.Close())

	text, err := os.ReadFile(path)
	require.NoError(t, err)
	for where, said := range map[string]string{"file": string(text), "terminal": terminal.String()} {
		assert.Contains(t, said, "level=INFO msg=began port=3456", where)
		assert.NotContains(t, said, "not asked for", where)
	}
}

func TestTheLogIsTheUsersAlone(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("modes mean nothing here")
	}
	path := filepath.Join(t.TempDir(), "state", "claude-max-api", "a.log")
	check := func() {
		t.Helper()
		_, file, err := New(path, slog.LevelInfo, &bytes.Buffer{})
		require.NoError(t, err)
		require.NoError(t, file.Close())
		for path, want := range map[string]os.FileMode{path: 0o600, filepath.Dir(path): os.ModeDir | 0o700} {
			info, err := os.Stat(path)
			require.NoError(t, err)
			assert.Equal(t, want, info.Mode(), path)
		}
	}
	check()
	require.NoError(t, os.Chmod(path, 0o644))
	require.NoError(t, os.Chmod(filepath.Dir(path), 0o755))
	check()
}

func TestTheFileIsReplacedWhenItIsLarge(t *testing.T) {
	dir := t.TempDir()
	log, file, err := New(filepath.Join(dir, "a.log"), slog.LevelInfo, &bytes.Buffer{})
	require.NoError(t, err)
	for range 60 {
		log.Info(strings.Repeat("x", 100<<10))
	}
	require.NoError(t, file.Close())
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Len(t, entries, 2)
	for _, e := range entries {
		info, err := e.Info()
		require.NoError(t, err)
		assert.LessOrEqual(t, info.Size(), int64(5<<20))
		if runtime.GOOS != "windows" {
			assert.Equal(t, os.FileMode(0o600), info.Mode(), e.Name())
		}
	}
}

func TestWithoutAFileTheTerminalIsEnough(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "file"), nil, 0o600))
	var terminal bytes.Buffer
	log, file, err := New(filepath.Join(dir, "file", "a.log"), slog.LevelWarn, &terminal)
	assert.ErrorContains(t, err, "no log file: ")
	log.Warn("still told")
	assert.NoError(t, file.Close())
	assert.Contains(t, terminal.String(), `msg="still told"`)
}
