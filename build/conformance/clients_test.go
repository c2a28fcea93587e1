package conformance

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// client is a library that programs are built upon.
type client struct {
	name     string // for people
	language string
	api      *api
	dir      string   // its scenarios
	packages []string // as the registry names them; the first one names the version
}

// clients are in the table's order.
var clients = []client{
	{"openai", "JavaScript", chatCompletions, "node/openai", []string{"openai"}},
	{"Vercel AI SDK", "JavaScript", chatCompletions, "node/vercel", []string{"ai", "@ai-sdk/openai-compatible"}},
	{"LangChain", "JavaScript", chatCompletions, "node/langchain", []string{"@langchain/openai"}},
	{"openai-go", "Go", chatCompletions, "goclients/openai-go", []string{"github.com/openai/openai-go/v3"}},
	{"sashabaranov/go-openai", "Go", chatCompletions, "goclients/go-openai", []string{"github.com/sashabaranov/go-openai"}},
	{"openai", "JavaScript", responsesAPI, "node/openai-responses", []string{"openai"}},
	{"Vercel AI SDK", "JavaScript", responsesAPI, "node/vercel", []string{"ai", "@ai-sdk/openai"}},
	{"LangChain", "JavaScript", responsesAPI, "node/langchain", []string{"@langchain/openai"}},
	{"openai-go", "Go", responsesAPI, "goclients/openai-go-responses", []string{"github.com/openai/openai-go/v3"}},
	{"Anthropic SDK", "JavaScript", messagesAPI, "node/anthropic", []string{"@anthropic-ai/sdk"}},
}

// String names the client's subtest.
func (c client) String() string { return filepath.Base(c.dir) + " " + c.api.short }

// showsBodies says that the client gives its user the bodies and chunks as they came.
func (c client) showsBodies(f feature) bool {
	return slices.Contains([]string{"node/openai", "node/openai-responses", "goclients/openai-go"}, c.dir) &&
		slices.Contains([]string{"models", "chat", "stream"}, f.name)
}

// scenarios are the features that the client has a file for. FEATURE.API.mjs is for one of
// the client's APIs, FEATURE.mjs for each that it speaks.
func (c client) scenarios(t *testing.T) []feature {
	t.Helper()
	files := c.files(t)
	var found []feature
	for _, f := range features {
		if files[f.name] != "" {
			found = append(found, f)
			delete(files, f.name)
		}
	}
	assert.Empty(t, files, "%s has files that no feature is named like", c.dir)
	return found
}

// files are the names of its scenarios' files, by feature.
func (c client) files(t *testing.T) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(c.dir)
	require.NoError(t, err)
	files := map[string]string{}
	for _, e := range entries {
		// What several scenarios of a client share.
		if strings.HasPrefix(e.Name(), "_") || e.Name() == "main.go" {
			continue
		}
		name := strings.TrimSuffix(e.Name(), filepath.Ext(e.Name()))
		name, one, only := strings.Cut(name, ".")
		if !only || one == c.api.short {
			files[name] = e.Name()
		}
	}
	return files
}

func (c client) key(f feature) string { return c.String() + " " + f.name }

// versions are the pinned ones of the packages, as "ai 7.0.0".
func (c client) versions(t *testing.T) (all []string) {
	t.Helper()
	from := "goclients/go.mod"
	if strings.HasPrefix(c.dir, "node/") {
		from = "package.json"
	}
	versions := pinned(t, from)
	for _, p := range c.packages {
		require.Regexp(t, `^\d+\.\d+\.\d+$`, versions[p], "the version of %s has to be exact", p)
		all = append(all, strings.TrimPrefix(p, "github.com/")+" "+versions[p])
	}
	return all
}

// pinned reads the versions of packages from a package.json or a go.mod.
func pinned(t *testing.T, file string) map[string]string {
	t.Helper()
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	if filepath.Ext(file) == ".json" {
		var manifest struct{ Dependencies map[string]string }
		require.NoError(t, json.Unmarshal(data, &manifest))
		return manifest.Dependencies
	}
	versions := map[string]string{}
	for _, m := range regexp.MustCompile(`(?m)^\s*(?:require )?(\S+) v(\d\S*)`).FindAllStringSubmatch(string(data), -1) {
		versions[m[1]] = m[2]
	}
	return versions
}

// A lock file that names a registry makes everybody ask that one.
func TestTheLockFilesNameNoRegistry(t *testing.T) {
	for _, file := range []string{"package-lock.json", "agents/package-lock.json"} {
		lock, err := os.ReadFile(file)
		require.NoError(t, err)
		assert.NotContains(t, string(lock), `"resolved"`, "npm's omit-lockfile-registry-resolved leaves them out")
	}
}

// The README says what each recipe was tried with.
func TestTheReadmeNamesTheVersionsThatAreTried(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	require.NoError(t, err)
	makefile, err := os.ReadFile("../../Makefile")
	require.NoError(t, err)
	openClaw := regexp.MustCompile(`(?m)^OPENCLAW_VERSION := (\S+)$`).FindSubmatch(makefile)
	require.NotNil(t, openClaw)
	versions := pinned(t, "package.json")
	agents := pinned(t, "agents/package.json")
	versions["OpenClaw"] = string(openClaw[1])
	versions["codex"], versions["opencode"] = agents["@openai/codex"], agents["opencode-ai"]

	said := regexp.MustCompile(`(?:^|[ |])([@\w/-]+) (\d+\.\d+\.\d+)\b`)
	named := map[string]bool{}
	for line := range strings.Lines(string(readme)) {
		if !strings.Contains(line, "claude-max-api setup ") || !strings.HasPrefix(line, "|") {
			continue
		}
		for _, m := range said.FindAllStringSubmatch(line, -1) {
			if version, ok := versions[m[1]]; ok {
				assert.Equal(t, version, m[2], line)
				named[m[1]] = true
			}
		}
	}
	for _, name := range []string{
		"OpenClaw", "codex", "opencode", "@langchain/openai", "ai", "@ai-sdk/openai-compatible", "openai", "@anthropic-ai/sdk",
	} {
		assert.True(t, named[name], "no recipe names the version of %s", name)
	}
}
