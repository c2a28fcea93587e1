//go:build unix

package autostart

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

func TestADamagedEntryIsRepaired(t *testing.T) {
	e := entry(t, "app")
	require.NoError(t, e.Enable())
	whole, err := os.ReadFile(e.path())
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(e.path(), whole[:20], 0o600))
	requireEnabled(t, e, true)
	repaired, err := e.Repair()
	require.NoError(t, err)
	assert.True(t, repaired)
	now, err := os.ReadFile(e.path())
	require.NoError(t, err)
	assert.Equal(t, string(whole), string(now))
}

func TestAMaskedEntryIsOffAndSaysWhyItStaysSo(t *testing.T) {
	e := entry(t, "app")
	require.NoError(t, os.MkdirAll(dir, 0o700))
	require.NoError(t, os.Symlink(os.DevNull, e.path()))
	requireEnabled(t, e, false)
	repaired, err := e.Repair()
	require.NoError(t, err)
	assert.False(t, repaired)
	assert.ErrorContains(t, e.Enable(), "had no effect. Check that "+e.path())
	target, err := os.Readlink(e.path())
	require.NoError(t, err)
	assert.Equal(t, os.DevNull, target, "it is as it was")
}

func TestALinkedEntryStaysALink(t *testing.T) {
	e := entry(t, "app")
	require.NoError(t, os.MkdirAll(dir, 0o700))
	dotfile := filepath.Join(t.TempDir(), "dotfile")
	require.NoError(t, os.WriteFile(dotfile, []byte("old"), 0o600))
	require.NoError(t, os.Symlink(dotfile, e.path()))
	require.NoError(t, e.Enable())
	requireEnabled(t, e, true)
	target, err := os.Readlink(e.path())
	require.NoError(t, err)
	assert.Equal(t, dotfile, target)

	require.NoError(t, os.Remove(dotfile))
	requireEnabled(t, e, false)
	assert.ErrorContains(t, e.Enable(), "is a link to "+dotfile+", which is not there")
}

func TestAFailedChangeIsUndone(t *testing.T) {
	e := entry(t, "app")
	require.NoError(t, os.MkdirAll(dir, 0o700))
	for name, before := range map[string]string{"nothing": "", "another entry": "what was here\n"} {
		t.Run(name, func(t *testing.T) {
			if before != "" {
				require.NoError(t, os.WriteFile(e.path(), []byte(before), 0o600))
			}
			undo, err := e.remember()
			require.NoError(t, err)
			other := e
			other.Args = []string{"other"}
			require.NoError(t, other.write())
			assert.ErrorContains(t, e.verify(), `"other"`)
			require.NoError(t, undo())
			if before == "" {
				assert.NoFileExists(t, e.path())
				return
			}
			after, err := os.ReadFile(e.path())
			require.NoError(t, err)
			assert.Equal(t, before, string(after))
			require.NoError(t, os.Remove(e.path()))
		})
	}
}

func TestAnEntryThatCannotBeReadOrWrittenSaysWhich(t *testing.T) {
	e := entry(t, "app")
	require.NoError(t, os.MkdirAll(filepath.Join(e.path(), "a folder in its place"), 0o700))
	defer func() { require.NoError(t, os.RemoveAll(e.path())) }()
	_, err := e.Enabled()
	assert.ErrorContains(t, err, "Check that "+e.path()+" can be read")
	_, err = e.Repair()
	assert.ErrorContains(t, err, "Check that "+e.path()+" can be read")
	assert.ErrorContains(t, e.Enable(), "Check that "+e.path()+" can be written")
	assert.ErrorContains(t, e.Disable(), "Remove "+e.path()+" by hand")
}

func TestNobodyElseMayWriteTheEntry(t *testing.T) {
	e := entry(t, "app")
	defer unix.Umask(unix.Umask(0))
	require.NoError(t, e.Enable())
	info, err := os.Stat(e.path())
	require.NoError(t, err)
	assert.Zero(t, info.Mode()&0o022, info.Mode())
}
