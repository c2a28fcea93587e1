package setup

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

const usual = "http://localhost:3456/v1"

// written are the recipes that are text, that is all but OpenClaw's.
func written(t *testing.T, p Proxy) map[string]string {
	t.Helper()
	texts := map[string]string{}
	for _, r := range Recipes() {
		if r.file == "" {
			continue
		}
		text, err := r.Text(p)
		require.NoError(t, err, r.Name)
		texts[r.file] = text
	}
	return texts
}

func TestEveryRecipeSaysWhereTheProxyIs(t *testing.T) {
	for _, url := range []string{usual, "http://127.0.0.1:8080/v1", "http://[::1]:4000/v1", "http://box.local:3456/v1"} {
		for file, text := range written(t, Proxy{BaseURL: url}) {
			said := url
			if strings.HasPrefix(file, "anthropic-") {
				said = strings.TrimSuffix(url, "/v1") + `"`
			}
			assert.Contains(t, text, said, file)
			if file != "open-webui.sh" { // which asks the proxy
				assert.Contains(t, text, "claude-opus-4", file)
			}
			assert.NotContains(t, text, KeyVariable, "%s: no key is wanted", file)
			others := regexp.MustCompile(`https?://[^/"\s]+`).FindAllString(text, -1)
			for _, other := range others {
				if other != "https://opencode.ai" {
					assert.Equal(t, strings.TrimSuffix(url, "/v1"), other, file)
				}
			}
		}
	}
}

func TestARecipeNamesTheVariableOfTheKey(t *testing.T) {
	for file, text := range written(t, Proxy{BaseURL: usual, Keyed: true}) {
		assert.Contains(t, text, KeyVariable, file)
		assert.NotContains(t, text, anyKey, file)
	}
}

// Each is what its name says, and ends like a file.
func TestRecipesAreInTheirLanguage(t *testing.T) {
	readers := map[string]func([]byte, any) error{".json": json.Unmarshal, ".toml": toml.Unmarshal, ".yaml": yaml.Unmarshal, ".yml": yaml.Unmarshal}
	for _, keyed := range []bool{false, true} {
		for file, text := range written(t, Proxy{BaseURL: usual, Keyed: keyed}) {
			assert.Regexp(t, `[^\n]\n$`, text, file)
			assert.NotContains(t, text, "\n\n\n", file)
			assert.NotContains(t, text, "<no value>", file)
			if read := readers[filepath.Ext(file)]; read != nil {
				var value map[string]any
				require.NoError(t, read([]byte(text), &value), "%s:\n%s", file, text)
			}
		}
	}
}

func TestWhatTheConfigurationsSay(t *testing.T) {
	for _, keyed := range []bool{false, true} {
		texts := written(t, Proxy{BaseURL: usual, Keyed: keyed})
		key := func(variable string) string {
			if keyed {
				return variable
			}
			return anyKey
		}

		var codex struct {
			Model, ModelProvider string
			ModelProviders       map[string]map[string]string `toml:"model_providers"`
		}
		_, err := toml.Decode(strings.ReplaceAll(texts["codex.toml"], "model_provider =", "modelprovider ="), &codex)
		require.NoError(t, err)
		assert.Equal(t, providerID, codex.ModelProvider)
		want := map[string]string{"name": "Claude", "base_url": usual, "wire_api": "responses"}
		if keyed {
			want["env_key"] = KeyVariable
		}
		assert.Equal(t, want, codex.ModelProviders[providerID])

		var opencode struct {
			Provider map[string]struct {
				NPM     string
				Options map[string]string
				Models  map[string]struct {
					ToolCall   bool `json:"tool_call"`
					Limit      map[string]int
					Modalities map[string][]string
				}
			}
		}
		require.NoError(t, json.Unmarshal([]byte(texts["opencode.json"]), &opencode))
		provider := opencode.Provider[providerID]
		assert.Equal(t, "@ai-sdk/openai-compatible", provider.NPM)
		assert.Equal(t, map[string]string{"baseURL": usual, "apiKey": key("{env:CLAUDE_MAX_API_KEY}")}, provider.Options)
		require.Len(t, provider.Models, 3)
		for id, m := range provider.Models {
			assert.True(t, m.ToolCall, id)
			assert.Equal(t, map[string]int{"context": 200000, "output": 32000}, m.Limit, id)
			assert.Contains(t, m.Modalities["input"], "image", id)
		}

		var cont struct{ Models []map[string]any }
		require.NoError(t, yaml.Unmarshal([]byte(texts["continue.yaml"]), &cont))
		require.Len(t, cont.Models, 3)
		for _, m := range cont.Models {
			assert.Equal(t, usual, m["apiBase"])
			assert.Equal(t, key("${{ secrets.CLAUDE_MAX_API_KEY }}"), m["apiKey"])
		}

		var aider map[string]any
		require.NoError(t, yaml.Unmarshal([]byte(texts["aider.yml"]), &aider))
		assert.Equal(t, usual, aider["openai-api-base"])
		assert.Equal(t, keyed, aider["openai-api-key"] == nil, "a key is not for a file in a project")
	}
}

func TestNamesOfRecipes(t *testing.T) {
	r, err := Named("codex")
	require.NoError(t, err)
	assert.True(t, r.SetsUp())
	_, err = Named("nope")
	require.ErrorContains(t, err, `there is no recipe for "nope", only for openclaw, codex, opencode, continue, cline, aider, open-webui, `)

	templates, err := os.ReadDir("recipes")
	require.NoError(t, err)
	assert.Len(t, Recipes(), len(templates)+1, "a recipe for each file, and OpenClaw")
	for _, r := range Recipes() {
		assert.NotEmpty(t, r.Title, r.Name)
		assert.NotEmpty(t, r.Where, r.Name)
	}
}

// readmeRecipe is a recipe that the README shows: its name, and its text in a block.
var readmeRecipe = regexp.MustCompile("(?s)<!-- recipe ([a-z-]+) -->\n```[a-z]*\n(.*?)```")

// The README shows recipes as the command prints them, and names all.
func TestTheREADMEHasTheRecipes(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	require.NoError(t, err)
	shown := 0
	for _, block := range readmeRecipe.FindAllStringSubmatch(string(text), -1) {
		r, err := Named(block[1])
		require.NoError(t, err)
		want, err := r.Text(Proxy{BaseURL: usual})
		require.NoError(t, err)
		assert.Equal(t, want, block[2], "the README's recipe of %s", r.Name)
		shown++
	}
	assert.GreaterOrEqual(t, shown, 4)
	for _, r := range Recipes() {
		assert.True(t, strings.Contains(string(text), "`claude-max-api setup "+r.Name+"`"), "the README's list lacks %s", r.Name)
	}
}
