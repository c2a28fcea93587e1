package conformance

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// workspace is where the clients' programs stand, ready to run.
type workspace struct {
	dir   string
	node  string // the program
	proxy string // claude-max-api
}

// prepare builds the proxy and the Go programs, and puts the scripts beside the packages that
// they import. $CONFORMANCE_CLIENTS is the folder that the packages were
// installed in.
func prepare(t *testing.T) workspace {
	t.Helper()
	installed := os.Getenv("CONFORMANCE_CLIENTS")
	modules := filepath.Join(installed, "node_modules")
	if _, err := os.Stat(filepath.Join(modules, ".package-lock.json")); installed == "" || err != nil {
		missing(t, "the clients' packages are not there; `make conformance` fetches them")
	}
	dir := t.TempDir()
	w := workspace{dir: dir, node: node(t, modules), proxy: filepath.Join(dir, "claude-max-api")}
	goBuild(t, "../..", dir, "./cmd/claude-max-api")
	require.NoError(t, os.CopyFS(filepath.Join(w.dir, "node"), os.DirFS("node")))
	require.NoError(t, os.Symlink(modules, filepath.Join(w.dir, "node", "node_modules")))
	goBuild(t, "goclients", filepath.Join(w.dir, "goclients"), "./...")
	return w
}

// node prefers the one of the packages: many clients want a newer Node than
// systems have, and it comes as a package for some systems.
func node(t *testing.T, modules string) string {
	t.Helper()
	path := filepath.Join(modules, ".bin", "node")
	if _, err := os.Stat(path); err == nil {
		return path
	}
	path, err := exec.LookPath("node")
	if err != nil {
		missing(t, "the clients need Node 22 or newer; install it")
	}
	out, err := exec.Command(path, "--version").Output()
	require.NoError(t, err)
	var major int
	_, err = fmt.Sscanf(string(out), "v%d.", &major)
	require.NoError(t, err, "%s", out)
	if major < 22 {
		missing(t, fmt.Sprintf("the clients need Node 22 or newer, and %s is %s", path, out))
	}
	return path
}

// missing ends a test that a program is not there for: it is skipped, but fails
// in CI, where a missing dependency must not look like success.
func missing(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("CI") != "" || *update {
		t.Fatal(what)
	}
	t.Skip(what)
}

// command is the client's program for a scenario.
func (w workspace) command(ctx context.Context, t *testing.T, c client, f feature) *exec.Cmd {
	program := filepath.Join(w.dir, c.dir)
	if strings.HasPrefix(c.dir, "node/") {
		return exec.CommandContext(ctx, w.node, filepath.Join(program, c.files(t)[f.name]))
	}
	return exec.CommandContext(ctx, program, f.name)
}

// goBuild puts the programs of a module's packages into a folder.
func goBuild(t *testing.T, module, into string, packages ...string) {
	t.Helper()
	command := exec.Command("go", append([]string{"build", "-trimpath", "-o", into + string(filepath.Separator)}, packages...)...)
	command.Dir = module
	out, err := command.CombinedOutput()
	require.NoError(t, err, "go build: %s", out)
	lookAt(t, module)
}

// lookAt makes a test depend on all files of a module: go test takes an earlier
// result for good when nothing has changed that the test itself has looked at,
// and what a compiler reads in a child process does not count.
func lookAt(t *testing.T, module string) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(module, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		made := strings.HasPrefix(entry.Name(), ".") || slices.Contains([]string{"bin", "dist"}, entry.Name())
		if entry.IsDir() && made && path != module {
			return filepath.SkipDir
		}
		_, err = os.Stat(path)
		return err
	}))
}
