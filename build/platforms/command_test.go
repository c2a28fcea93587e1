package platforms

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// root is the module's directory.
const root = "../.."

// platform is what the go command calls a target.
type platform struct{ os, arch string }

func (p platform) String() string { return p.os + "-" + p.arch }

// env is this process's environment, aimed at the platform.
func (p platform) env(cgo string) []string {
	return append(os.Environ(), "GOOS="+p.os, "GOARCH="+p.arch, "CGO_ENABLED="+cgo)
}

// runGo runs the go command for a platform, without cgo, and expects no complaint.
func runGo(t *testing.T, p platform, args ...string) {
	t.Helper()
	seeSources(t)
	command := exec.CommandContext(t.Context(), "go", args...)
	command.Dir, command.Env = root, p.env("0")
	said, err := command.CombinedOutput()
	require.NoError(t, err, "GOOS=%s GOARCH=%s CGO_ENABLED=0 go %s\n%s", p.os, p.arch, strings.Join(args, " "), said)
}

// seeSources opens every directory of the module. The go command remembers a test's
// result as long as what the test itself has opened is unchanged, and knows nothing
// of what our children read: without this, it would repeat yesterday's result for
// today's sources.
func seeSources(t *testing.T) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // another test's, and gone again
		}
		if err != nil {
			return err
		}
		name := entry.Name()
		if path != root && entry.IsDir() && (name[0] == '.' || name == "bin" || name == "dist") {
			return filepath.SkipDir
		}
		return nil
	}))
}
