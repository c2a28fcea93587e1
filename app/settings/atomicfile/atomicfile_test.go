package atomicfile

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTheFileIsReplacedAndIsTheUsersAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.json")
	require.NoError(t, Write(path, []byte("first, and long")))
	require.NoError(t, os.Chmod(path, 0o644))
	require.NoError(t, Write(path, []byte("second")))

	text, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, "second", string(text))
	info, err := os.Stat(path)
	require.NoError(t, err)
	if runtime.GOOS != "windows" {
		assert.Equal(t, os.FileMode(0o600), info.Mode())
	}
	assert.Equal(t, []string{"a.json"}, names(t, filepath.Dir(path)), "no temporary file stays")
}

func TestAFileOfSomebodyElsesKeepsItsMode(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.json")
	for _, mode := range []os.FileMode{0o644, 0o640, 0o600} {
		require.NoError(t, WriteMode(path, []byte("text"), mode))
		info, err := os.Stat(path)
		require.NoError(t, err)
		if runtime.GOOS != "windows" {
			assert.Equal(t, mode, info.Mode())
		}
	}
}

func TestWhoReadsTheOldFileGoesOnReadingIt(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("an open file cannot be replaced here")
	}
	path := filepath.Join(t.TempDir(), "a.json")
	require.NoError(t, Write(path, []byte("old")))
	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close()
	require.NoError(t, Write(path, []byte("new and longer")))
	text := make([]byte, 10)
	n, _ := f.Read(text)
	assert.Equal(t, "old", string(text[:n]))
}

func TestAfterAFailureTheOldFileIsAsItWas(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.json")
	require.NoError(t, Write(path, []byte("old")))
	broken := errors.New("the disk went away")
	var half string
	err := write(path, []byte("new"), func(from, _ string) error {
		text, err := os.ReadFile(from)
		half = string(text)
		return errors.Join(err, broken)
	})
	require.ErrorIs(t, err, broken)
	assert.Equal(t, "new", half, "the new file is whole before it gets its name")

	text, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, "old", string(text))
	assert.Equal(t, []string{"a.json"}, names(t, filepath.Dir(path)), "no temporary file stays")
}

func TestAFolderThatIsNotThereIsAnError(t *testing.T) {
	assert.ErrorIs(t, Write(filepath.Join(t.TempDir(), "none", "a.json"), nil), os.ErrNotExist)
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	var all []string
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return all
}
