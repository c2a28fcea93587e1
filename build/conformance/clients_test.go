package conformance

import (
	"encoding/json"
	"os"
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

// A lock file that names a registry makes everybody ask that one.
func TestTheLockFileNamesNoRegistry(t *testing.T) {
	lock, err := os.ReadFile("package-lock.json")
	require.NoError(t, err)
	assert.NotContains(t, string(lock), `"resolved"`, "npm's omit-lockfile-registry-resolved leaves them out")
}
