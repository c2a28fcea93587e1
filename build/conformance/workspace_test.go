package conformance

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"claude-max-api-proxy/build/apptest"

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
	require.NoError(t, apptest.Build("../..", dir, apptest.Command))
	require.NoError(t, os.CopyFS(filepath.Join(w.dir, "node"), os.DirFS("node")))
	require.NoError(t, os.Symlink(modules, filepath.Join(w.dir, "node", "node_modules")))
	require.NoError(t, apptest.Build("goclients", filepath.Join(w.dir, "goclients"), "./..."))
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

// missing ends a test that a program is not there for; what is to be recorded must be there.
func missing(t *testing.T, what string) {
	t.Helper()
	if *update {
		t.Fatal(what)
	}
	apptest.Missing(t, what)
}

// command is the client's program for a scenario.
func (w workspace) command(ctx context.Context, t *testing.T, c client, f feature) *exec.Cmd {
	program := filepath.Join(w.dir, c.dir)
	if strings.HasPrefix(c.dir, "node/") {
		return exec.CommandContext(ctx, w.node, filepath.Join(program, c.files(t)[f.name]))
	}
	return exec.CommandContext(ctx, program, f.name)
}
