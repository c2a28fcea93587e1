//go:build unix

package terminal

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTheScriptIsPrivateRunsTheCommandAndIsGone(t *testing.T) {
	t.Setenv("TMPDIR", filepath.Join(t.TempDir(), "it's here"))
	require.NoError(t, os.Mkdir(os.TempDir(), 0o700))
	home := t.TempDir()
	t.Setenv("HOME", home)
	script, err := writeScript([]string{"/bin/sh", "-c", `printf '%s|' "$PWD" "$@"`, "x", "two words", "it's", "", "$HOME"})
	require.NoError(t, err)
	for path, mode := range map[string]fs.FileMode{script: 0o700, filepath.Dir(script): 0o700 | fs.ModeDir} {
		info, err := os.Stat(path)
		require.NoError(t, err)
		assert.Equal(t, mode, info.Mode())
	}
	assert.Equal(t, ".command", filepath.Ext(script), "macOS knows it by that")

	out, err := exec.Command(script).CombinedOutput()
	require.NoError(t, err, "%s", out)
	assert.Equal(t, home+"|two words|it's||$HOME|", string(out))
	left, err := os.ReadDir(os.TempDir())
	require.NoError(t, err)
	assert.Empty(t, left)
}
