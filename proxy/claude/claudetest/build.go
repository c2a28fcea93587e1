package claudetest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// program builds the stand-in once for all tests of this process, without the race
// detector even where the tests have it: with it, a program takes ten times as long to
// start, and sleeps for a second before it exits.
var program = sync.OnceValues(func() (string, error) {
	var err error
	if programDir, err = os.MkdirTemp("", "claudetest-"); err != nil {
		return "", err
	}
	into := programDir + string(filepath.Separator)
	build := exec.Command("go", "build", "-buildvcs=false", "-o", into, "claude-max-api-proxy/proxy/claude/claudetest/standin")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w: %s", err, out)
	}
	return exec.LookPath(into + "standin") // with .exe, where programs have that
})

var programDir string

// Main is the [testing.M] of packages whose tests use a [StandIn]: it removes, when they
// are done, what was built for them.
type Main struct{ *testing.M }

// Run runs the tests.
func (m Main) Run() int {
	defer func() {
		if programDir != "" {
			_ = os.RemoveAll(programDir) // a leftover in the temporary directory
		}
	}()
	return m.M.Run()
}
