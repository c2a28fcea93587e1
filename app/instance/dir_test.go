package instance

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/adrg/xdg"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/app/settings"
)

func TestEverySettingsFileHasADirectoryOfItsOwn(t *testing.T) {
	usual := Dir("")
	assert.Equal(t, filepath.Join(xdg.StateHome, "claude-max-api", "instance"), usual)
	assert.Equal(t, usual, Dir(settings.Path()), "also when it is named")

	t.Chdir(t.TempDir())
	here, err := os.Getwd()
	require.NoError(t, err)
	other := Dir(filepath.Join(here, "a.json"))
	assert.Equal(t, other, Dir("a.json"))
	assert.Equal(t, other, Dir(filepath.Join("x", "..", "a.json")))
	assert.NotEqual(t, other, Dir("b.json"))
	assert.Regexp(t, `^instance-[0-9a-f]{12}$`, filepath.Base(other))
	assert.Equal(t, filepath.Dir(usual), filepath.Dir(other))
}

func TestTheDirectoryAndItsFilesAreTheUsersAlone(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("modes mean nothing here")
	}
	dir := filepath.Join(t.TempDir(), "state", "instance")
	check := func() {
		t.Helper()
		i, err := Acquire(dir)
		require.NoError(t, err)
		require.NoError(t, i.Serve(echo, ""))
		for path, want := range map[string]os.FileMode{
			dir: os.ModeDir | 0o700, filepath.Dir(dir): os.ModeDir | 0o700, lockPath(dir): 0o600, recordPath(dir): 0o600,
		} {
			info, err := os.Stat(path)
			require.NoError(t, err)
			assert.Equal(t, want, info.Mode(), path)
		}
		require.NoError(t, i.Close(t.Context()))
	}
	check()
	require.NoError(t, os.Chmod(dir, 0o755))
	require.NoError(t, os.WriteFile(recordPath(dir), nil, 0o600))
	require.NoError(t, os.Chmod(recordPath(dir), 0o644))
	check()
}

func TestADirectoryThatCannotBeUsedIsToldWithWhatToDo(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(dir, nil, 0o600))
	_, err := Acquire(dir)
	assert.ErrorContains(t, err, "the app's directory "+dir+" cannot be used: ")
	assert.ErrorContains(t, err, "Make it yours to write, or set XDG_STATE_HOME")
}
