package main

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// settingsFile is a file with the text, and flags that use it.
func settingsFile(t *testing.T, text string) (*flags, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "settings.json")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return &flags{Config: path}, path
}

func TestABrokenSettingsFileIsKeptAsideWhenNobodyMayBeLooking(t *testing.T) {
	const broken = `{"port": 4000,}`
	f, path := settingsFile(t, broken)
	notice, err := f.rescue()
	require.NoError(t, err)
	require.NotNil(t, notice)
	assert.Contains(t, notice.Body, path+".broken")
	assert.Contains(t, notice.Body, "line 1")
	kept, err := os.ReadFile(path + ".broken")
	require.NoError(t, err)
	assert.Equal(t, broken, string(kept))
}

func TestABrokenFileThatMaySayWhoPaysStaysInForceByKeepingTheProxyDown(t *testing.T) {
	for _, text := range []string{`{"api_key": "sesame",}`, `{"credentials": "environment"`, `{"claude_env": {"CLAUDE_CONFIG_DIR": "/x"},}`} {
		f, path := settingsFile(t, text)
		notice, err := f.rescue()
		assert.ErrorContains(t, err, "is not right in line 1")
		assert.Nil(t, notice)
		kept, err := os.ReadFile(path)
		require.NoError(t, err)
		assert.Equal(t, text, string(kept))
		assert.NoFileExists(t, path+".broken")

		st := newStore(f, slog.New(slog.DiscardHandler))
		assert.Contains(t, st.read().Problem, "is not right in line 1")
	}
}

func TestAGoodFileOrNoneNeedsNoRescue(t *testing.T) {
	f, path := settingsFile(t, `{"port": 4000}`)
	notice, err := f.rescue()
	assert.NoError(t, err)
	assert.Nil(t, notice)
	require.NoError(t, os.Remove(path))
	notice, err = f.rescue()
	assert.NoError(t, err)
	assert.Nil(t, notice)
}

func TestTheStoreTakesUpWhatIsWrittenAndKeepsWhatHeld(t *testing.T) {
	f, path := settingsFile(t, `{"port": 4000, "mine": 1}`)
	given := 4001
	f.Port = &given
	st := newStore(f, slog.New(slog.DiscardHandler))
	assert.Equal(t, 4001, st.read().Settings.Port, "flags win over the file")

	require.NoError(t, st.setNotifications(false))
	assert.False(t, st.read().Settings.Notifications)
	assert.Equal(t, 4001, st.read().Settings.Port)

	require.NoError(t, st.usePort(4002))
	assert.Equal(t, 4002, st.read().Settings.Port, "but not over what the person chose since")
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.JSONEq(t, `{"port": 4002, "mine": 1, "notifications": false}`, string(text))

	require.NoError(t, os.WriteFile(path, []byte(`{"port": "x"`), 0o600))
	read := st.read()
	assert.Contains(t, read.Problem, "is not right")
	assert.Equal(t, 4002, read.Settings.Port)
	assert.ErrorContains(t, st.setNotifications(true), "is not right", "a click does not throw away what was in force")
	assert.NoFileExists(t, path+".broken")
	require.NoError(t, os.WriteFile(path, []byte(`{"port": 4003}`), 0o600))
	read = st.read()
	assert.Empty(t, read.Problem)
	assert.Equal(t, 4003, read.Settings.Port)
	require.NoError(t, os.Remove(path))
	assert.Equal(t, 4003, st.read().Settings.Port, "an editor may be about to put it back")
	assert.Contains(t, st.read().Problem, "--config", "it is gone")
	assert.Equal(t, 4001, *f.Port, "the flags of others are not touched")
}
