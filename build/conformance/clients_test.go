package conformance

import (
	"context"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// client is a library that programs are built upon.
type client struct {
	name     string // for people
	language string
	dir      string   // its scenarios
	packages []string // as the registry names them; the first one names the version
}

// clients are in the table's order.
var clients = []client{
	{"openai", "JavaScript", "node/openai", []string{"openai"}},
	{"Vercel AI SDK", "JavaScript", "node/vercel", []string{"ai", "@ai-sdk/openai-compatible"}},
	{"LangChain", "JavaScript", "node/langchain", []string{"@langchain/openai"}},
	{"openai-go", "Go", "goclients/openai-go", []string{"github.com/openai/openai-go/v3"}},
	{"sashabaranov/go-openai", "Go", "goclients/go-openai", []string{"github.com/sashabaranov/go-openai"}},
}

// scenarios are the features that the client has a file for.
func (c client) scenarios(t *testing.T) []feature {
	t.Helper()
	entries, err := os.ReadDir(c.dir)
	require.NoError(t, err)
	files := map[string]bool{}
	for _, e := range entries {
		name := strings.TrimSuffix(e.Name(), filepath.Ext(e.Name()))
		// What several scenarios of a client share.
		if !strings.HasPrefix(name, "_") && name != "main" {
			files[name] = true
		}
	}
	var found []feature
	for _, f := range features {
		if files[f.name] {
			found = append(found, f)
			delete(files, f.name)
		}
	}
	assert.Empty(t, files, "%s has files that no feature is named like", c.dir)
	return found
}

// versions are the pinned ones of the packages, as "ai 7.0.0".
func (c client) versions(t *testing.T) []string {
	t.Helper()
	pinned := map[string]string{}
	if strings.HasPrefix(c.dir, "node/") {
		var manifest struct{ Dependencies map[string]string }
		data, err := os.ReadFile("package.json")
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(data, &manifest))
		pinned = manifest.Dependencies
	} else {
		data, err := os.ReadFile("goclients/go.mod")
		require.NoError(t, err)
		for _, m := range regexp.MustCompile(`(?m)^\s*(?:require )?(\S+) v(\d\S*)`).FindAllStringSubmatch(string(data), -1) {
			pinned[m[1]] = m[2]
		}
	}
	var all []string
	for _, p := range c.packages {
		require.Regexp(t, `^\d+\.\d+\.\d+$`, pinned[p], "the version of %s has to be exact", p)
		all = append(all, strings.TrimPrefix(p, "github.com/")+" "+pinned[p])
	}
	return all
}

// workspace is where the clients' programs stand, ready to run.
type workspace struct {
	node string // the program
	dir  string
}

// prepare builds the Go programs, and puts the scripts beside the packages that
// they import. $CONFORMANCE_CLIENTS is the folder that the packages were
// installed in.
func prepare(t *testing.T) workspace {
	t.Helper()
	installed := os.Getenv("CONFORMANCE_CLIENTS")
	modules := filepath.Join(installed, "node_modules")
	if _, err := os.Stat(filepath.Join(modules, ".package-lock.json")); installed == "" || err != nil {
		missing(t, "the clients' packages are not there")
	}
	// Many clients want a newer Node than systems have.
	node := filepath.Join(modules, ".bin", "node")
	if _, err := os.Stat(node); err != nil {
		if node, err = exec.LookPath("node"); err != nil {
			missing(t, "Node is not there")
		}
	}
	w := workspace{node: node, dir: t.TempDir()}
	require.NoError(t, os.CopyFS(filepath.Join(w.dir, "node"), os.DirFS("node")))
	require.NoError(t, os.Symlink(modules, filepath.Join(w.dir, "node", "node_modules")))
	goBuild(t, "goclients", filepath.Join(w.dir, "goclients"), "./...")
	return w
}

func (w workspace) command(ctx context.Context, c client, f feature) *exec.Cmd {
	program := filepath.Join(w.dir, c.dir)
	if strings.HasPrefix(c.dir, "node/") {
		return exec.CommandContext(ctx, w.node, filepath.Join(program, f.name+".mjs"))
	}
	return exec.CommandContext(ctx, program, f.name)
}

// play runs a scenario and checks both of its ends while the client's program
// still lives.
func (w workspace) play(t *testing.T, p *proxy, c client, f feature) {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	p.model.Reset()
	p.model.SetRespond(f.model)
	command := w.command(ctx, c, f)
	command.Env = append(os.Environ(), "BASE_URL="+p.baseURL, "QUESTION="+f.question, "SYSTEM="+systemPrompt)
	command.Stderr = t.Output()
	stdin, err := command.StdinPipe()
	require.NoError(t, err)
	stdout, err := command.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, command.Start())
	defer func() {
		assert.NoError(t, stdin.Close())
		rest, _ := io.ReadAll(stdout)
		assert.Empty(t, strings.TrimSpace(string(rest)), "the client printed more than what it saw")
		assert.NoError(t, command.Wait(), "the client's program")
	}()
	var saw seen
	if err := json.NewDecoder(stdout).Decode(&saw); err != nil {
		t.Errorf("the client did not say what it saw: %v", err)
		return
	}
	f.check(t, saw, p.model)
}
