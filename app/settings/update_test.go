package settings

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// file makes a settings file with a text.
func file(t *testing.T, text string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "settings.json")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

func TestAChangeLeavesEverythingElseAsItWasWritten(t *testing.T) {
	path := file(t, "\ufeff{\"note\": \"a\\u00e4 <b>\",\r\n\"port\":4000 , \"mine\" : { \"b\":1.0,\n    \"a\": [ ] },\"spares\":0,\"big\":12345678901234567890}")
	aside, err := Update(path, map[string]any{
		"port": 8080, "spares": nil, "allowed_hosts": []string{"a&b"}, "claude_env": map[string]string{"A": "b"},
		"x-new": map[string]any{"deep": true}, "queue_timeout": Duration(90 * time.Second), "notifications": false,
	})
	require.NoError(t, err)
	assert.Empty(t, aside)
	assert.Equal(t, `{
  "note": "a\u00e4 <b>",
  "port": 8080,
  "mine": { "b":1.0,
    "a": [ ] },
  "big": 12345678901234567890,
  "allowed_hosts": [
    "a&b"
  ],
  "claude_env": {
    "A": "b"
  },
  "queue_timeout": "1m30s",
  "notifications": false,
  "x-new": {
    "deep": true
  }
}
`, readText(t, path))
}

func TestAMissingFileIsMadeForTheUserAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config", "claude-max-api", "settings.json")
	_, err := Update(path, map[string]any{"port": 3456, "spares": nil})
	require.NoError(t, err)
	assert.Equal(t, "{\n  \"port\": 3456\n}\n", readText(t, path), "a default is written too")
	if runtime.GOOS == "windows" {
		return
	}
	for path, want := range map[string]os.FileMode{
		path:                             0o600,
		path + ".lock":                   0o600,
		filepath.Dir(path):               os.ModeDir | 0o700,
		filepath.Dir(filepath.Dir(path)): os.ModeDir | 0o700,
	} {
		info, err := os.Stat(path)
		require.NoError(t, err)
		assert.Equal(t, want, info.Mode(), path)
	}
}

func TestAnOpenFileBecomesTheUsersAlone(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("modes mean nothing here")
	}
	path := file(t, "{}")
	require.NoError(t, os.Chmod(path, 0o644))
	_, err := Update(path, map[string]any{"api_key": "secret"})
	require.NoError(t, err)
	info, err := os.Stat(path)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode())
}

func TestRemovingTheLastKeyLeavesAnEmptyObject(t *testing.T) {
	path := file(t, `{"port": 1}`)
	_, err := Update(path, map[string]any{"port": nil})
	require.NoError(t, err)
	assert.Equal(t, "{}\n", readText(t, path))
}

func TestANilListIsRemovedAndAnEmptyOneIsWritten(t *testing.T) {
	path := file(t, `{"allowed_hosts": ["a"], "allowed_origins": ["http://a"]}`)
	_, err := Update(path, map[string]any{"allowed_hosts": []string(nil), "allowed_origins": []string{}})
	require.NoError(t, err)
	assert.Equal(t, "{\n  \"allowed_origins\": []\n}\n", readText(t, path))
}

func TestOfAKeyThatStandsTwiceTheOneThatCountsIsChanged(t *testing.T) {
	path := file(t, `{"port": 1, "a": 1, "p\u006frt": 2, "a": 2}`)
	_, err := Update(path, map[string]any{"port": 3})
	require.NoError(t, err)
	assert.Equal(t, "{\n  \"a\": 1,\n  \"p\\u006frt\": 3,\n  \"a\": 2\n}\n", readText(t, path))
}

func TestWhatWouldNotBeRightIsNotWritten(t *testing.T) {
	for name, c := range map[string]struct {
		text    string
		changes map[string]any
		want    string
	}{
		"a value that makes no sense":  {`{"a": 1}`, map[string]any{"port": 0}, "it would not be right: port 0 does not exist; use one from 1024 to 65535"},
		"a value of the wrong kind":    {`{"a": 1}`, map[string]any{"port": "80"}, "it would not be right: port must be a whole number, without quotes"},
		"two that do not fit":          {`{"max_processes": 2}`, map[string]any{"spares": 2}, "spares is 2; use 0 to one less than max_processes (2)"},
		"a mistake that was there":     {"{\n\"port\": \"80\"}", map[string]any{"spares": 0}, "line 2: port must be a whole number"},
		"a default that does not fit":  {`{"max_processes": 3, "spares": 2}`, map[string]any{"max_processes": 2}, "spares is 2"},
		"what JSON cannot say":         {`{}`, map[string]any{"x": func() {}}, "x cannot be written: json: unsupported type"},
		"a broken file, a bad change":  {`{"port"`, map[string]any{"port": 0}, "port 0 does not exist"},
		"an empty file, a bad change":  {``, map[string]any{"port": 0}, "port 0 does not exist"},
		"a good and a bad change":      {`{}`, map[string]any{"port": 80, "log_level": "loud"}, `log_level "loud" is not known`},
		"a duration written as number": {`{}`, map[string]any{"idle_timeout": 90}, "idle_timeout must be a length of time in quotes"},
	} {
		t.Run(name, func(t *testing.T) {
			path := file(t, c.text)
			aside, err := Update(path, c.changes)
			assert.ErrorContains(t, err, "the settings file "+path+" was not changed: ")
			assert.ErrorContains(t, err, c.want)
			assert.Empty(t, aside)
			assert.Equal(t, c.text, readText(t, path))
			assert.NoFileExists(t, path+".broken")
		})
	}
}

func TestAChangeCanMendAMistake(t *testing.T) {
	path := file(t, `{"port": "80", "x": 1}`)
	_, err := Update(path, map[string]any{"port": 8080})
	require.NoError(t, err)
	s, _, err := Load(path)
	require.NoError(t, err)
	assert.Equal(t, 8080, s.Port)
}

func TestABrokenFileIsKeptAsideAndNeverOverwritten(t *testing.T) {
	path := file(t, "")
	for i, want := range []string{".broken", ".broken-2", ".broken-3"} {
		broken := []string{`{"api_key": "old",`, "[1]", ""}[i]
		require.NoError(t, os.WriteFile(path, []byte(broken), 0o644))
		aside, err := Update(path, map[string]any{"port": 8080 + i})
		require.NoError(t, err)
		assert.Equal(t, path+want, aside)
		assert.Equal(t, broken, readText(t, aside))
		s, _, err := Load(path)
		require.NoError(t, err)
		assert.Equal(t, 8080+i, s.Port)
		if info, err := os.Stat(aside); assert.NoError(t, err) && runtime.GOOS != "windows" {
			assert.Equal(t, os.FileMode(0o600), info.Mode())
		}
	}
	assert.Equal(t, `{"api_key": "old",`, readText(t, path+".broken"))
}

func TestSettingAsideMovesTheFile(t *testing.T) {
	path := file(t, "")
	for _, want := range []string{".broken", ".broken-2"} {
		require.NoError(t, os.WriteFile(path, []byte(want), 0o600))
		require.NoError(t, os.Chmod(path, 0o644))
		aside, err := SetAside(path)
		require.NoError(t, err)
		assert.Equal(t, path+want, aside)
		assert.Equal(t, want, readText(t, aside))
		assert.NoFileExists(t, path)
		if info, err := os.Stat(aside); assert.NoError(t, err) && runtime.GOOS != "windows" {
			assert.Equal(t, os.FileMode(0o600), info.Mode())
		}
	}
	_, err := SetAside(path)
	assert.ErrorIs(t, err, os.ErrNotExist)
	assert.ErrorContains(t, err, path)

	dir := t.TempDir()
	_, err = SetAside(dir)
	assert.ErrorContains(t, err, "the settings file "+dir+" was not moved away: it is no ordinary file. Make sure that it is a file")
	assert.NoFileExists(t, dir+".broken")
}

func TestALinkedFileIsReplacedAndTheLinkStays(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "dotfiles", "deep"), 0o700))
	require.NoError(t, os.Mkdir(filepath.Join(dir, "config"), 0o700))
	real := filepath.Join(dir, "dotfiles", "real.json")
	link := filepath.Join(dir, "config", "settings.json")
	// One link leads to another, and by a folder that is one as well.
	if err := os.Symlink(filepath.Join(dir, "dotfiles", "deep"), filepath.Join(dir, "config", "deep")); err != nil {
		t.Skip("links are not to be had: ", err)
	}
	require.NoError(t, os.Symlink(filepath.Join("..", "real.json"), filepath.Join(dir, "dotfiles", "deep", "link.json")))
	require.NoError(t, os.Symlink(filepath.Join("deep", "link.json"), link))

	for _, text := range []string{"", `{"x": 1}`, `{"x"`} { // the first: it leads nowhere yet
		if text != "" {
			require.NoError(t, os.WriteFile(real, []byte(text), 0o600))
		}
		_, err := Update(link, map[string]any{"port": 8080})
		require.NoError(t, err)
		s, _, err := Load(link)
		require.NoError(t, err)
		assert.Equal(t, 8080, s.Port)
		for _, path := range []string{link, filepath.Join(dir, "dotfiles", "deep", "link.json")} {
			info, err := os.Lstat(path)
			require.NoError(t, err)
			assert.Equal(t, os.ModeSymlink, info.Mode().Type())
		}
		info, err := os.Lstat(real)
		require.NoError(t, err)
		assert.True(t, info.Mode().IsRegular())
	}
	assert.Equal(t, `{"x"`, readText(t, real+".broken"), "what is broken is kept beside the real file")
	aside, err := SetAside(link)
	require.NoError(t, err)
	resolved, err := filepath.EvalSymlinks(filepath.Dir(real))
	require.NoError(t, err)
	assert.Equal(t, filepath.Join(resolved, "real.json.broken-2"), aside)
}

func TestARingOfLinksIsAnError(t *testing.T) {
	path := filepath.Join(t.TempDir(), "settings.json")
	if err := os.Symlink("settings.json", path); err != nil {
		t.Skip("links are not to be had: ", err)
	}
	_, err := Update(path, nil)
	assert.ErrorContains(t, err, "ring of symbolic links")
}

func TestAFailureLeavesTheOldFileAndNothingElse(t *testing.T) {
	for name, text := range map[string]string{"a good file": `{"port": 1}`, "a broken one": `{"port"`} {
		t.Run(name, func(t *testing.T) {
			path := file(t, text)
			full := errors.New("no space left on device")
			aside, err := update(path, map[string]any{"port": 2}, func(string, []byte) error { return full })
			assert.ErrorIs(t, err, full)
			assert.ErrorContains(t, err, path)
			assert.ErrorContains(t, err, "Make sure that ")
			assert.Empty(t, aside)
			assert.Equal(t, text, readText(t, path))
			assert.NoFileExists(t, path+".broken")
		})
	}
}

func TestWhatMayNotBeWrittenStaysAndTheErrorSaysWhatToDo(t *testing.T) {
	if runtime.GOOS == "windows" || os.Getuid() == 0 {
		t.Skip("permission bits stop nobody here")
	}
	for name, protect := range map[string]func(path string) (protected string, mode os.FileMode){
		"the file":         func(path string) (string, os.FileMode) { return path, 0o400 },
		"its content":      func(path string) (string, os.FileMode) { return path, 0o200 },
		"its folder":       func(path string) (string, os.FileMode) { return filepath.Dir(path), 0o500 },
		"its folder's way": func(path string) (string, os.FileMode) { return filepath.Dir(path), 0 },
	} {
		for kind, text := range map[string]string{"good": `{"port": 1}`, "broken": `{"port"`} {
			t.Run(name+", "+kind, func(t *testing.T) {
				path := file(t, text)
				protected, mode := protect(path)
				before, err := os.Stat(protected)
				require.NoError(t, err)
				require.NoError(t, os.Chmod(protected, mode))
				t.Cleanup(func() { _ = os.Chmod(protected, before.Mode()) })

				aside, err := Update(path, map[string]any{"port": 2})
				assert.ErrorIs(t, err, os.ErrPermission)
				assert.ErrorContains(t, err, "the settings file "+path+" was not changed: ")
				assert.ErrorContains(t, err, "Make sure that it is a file, that you may read and write it and its folder")
				assert.Empty(t, aside)

				require.NoError(t, os.Chmod(protected, before.Mode()))
				assert.Equal(t, text, readText(t, path))
				assert.NoFileExists(t, path+".broken")
			})
		}
	}
}

func TestAFolderInTheFilesPlaceIsAnError(t *testing.T) {
	dir := t.TempDir()
	_, err := Update(dir, map[string]any{"port": 2})
	assert.ErrorContains(t, err, "the settings file "+dir+" was not changed: it is no ordinary file")
	assert.NoFileExists(t, dir+".lock")
}
