package setup

import (
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// person is a home with files, and a client to be set up in it.
type person struct {
	t      *testing.T
	home   string
	client string
}

func newPerson(t *testing.T, client string) person {
	t.Helper()
	home, err := filepath.EvalSymlinks(t.TempDir()) // on macOS it lies behind a link
	require.NoError(t, err)
	return person{t, home, client}
}

func (p person) path(name string) string { return filepath.Join(p.home, filepath.FromSlash(name)) }

func (p person) has(name, text string) {
	p.t.Helper()
	require.NoError(p.t, os.MkdirAll(filepath.Dir(p.path(name)), 0o700))
	require.NoError(p.t, os.WriteFile(p.path(name), []byte(text), 0o600))
}

func (p person) text(name string) string {
	p.t.Helper()
	text, err := os.ReadFile(p.path(name))
	require.NoError(p.t, err)
	return string(text)
}

// all are the names of all files.
func (p person) all() (names []string) {
	p.t.Helper()
	require.NoError(p.t, filepath.WalkDir(p.home, func(path string, e os.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			name, _ := filepath.Rel(p.home, path)
			names = append(names, filepath.ToSlash(name))
		}
		return err
	}))
	return names
}

func (p person) file(url string) File {
	p.t.Helper()
	r, err := Named(p.client)
	require.NoError(p.t, err)
	f, err := r.File(Proxy{BaseURL: url}, p.home, func(string) string { return "" })
	require.NoError(p.t, err)
	return f
}

func (p person) setsUp(url string) (Plan, []string) {
	p.t.Helper()
	plan, err := p.file(url).PlanSetUp()
	require.NoError(p.t, err)
	require.NotEmpty(p.t, plan.Lines)
	told, err := plan.Apply(p.t.Context())
	require.NoError(p.t, err)
	return plan, told
}

func (p person) undoes() (Plan, []string) {
	p.t.Helper()
	plan, err := p.file(usual).PlanUndo()
	require.NoError(p.t, err)
	told, err := plan.Apply(p.t.Context())
	require.NoError(p.t, err)
	return plan, told
}

const (
	profile  = ".codex/claude.config.toml"
	opencode = ".config/opencode/opencode.json"
)

func TestCodexGetsAProfileOfItsOwn(t *testing.T) {
	p := newPerson(t, "codex")
	p.has(".codex/config.toml", "# mine\nmodel = \"gpt-5.5\"\n[profiles.work]\nmodel = \"x\"\n")
	before := p.text(".codex/config.toml")
	plan, told := p.setsUp(usual)
	assert.Equal(t, p.path(profile), plan.File)
	assert.Contains(t, plan.Lines, `+ base_url = "http://localhost:3456/v1"`)
	assert.Equal(t, []string{"There was no configuration before; undo takes this one away."}, told)
	assert.Contains(t, p.text(profile), `base_url = "http://localhost:3456/v1"`)
	assert.Equal(t, before, p.text(".codex/config.toml"))
	if runtime.GOOS != "windows" {
		info, err := os.Stat(p.path(profile))
		require.NoError(t, err)
		assert.Equal(t, os.FileMode(0o600), info.Mode())
	}

	plan, err := p.file(usual).PlanSetUp()
	require.NoError(t, err)
	assert.Empty(t, plan.Lines, "all is as it should be")
	plan, _ = p.setsUp("http://localhost:4000/v1")
	assert.Equal(t, []string{`- base_url = "http://localhost:3456/v1"`, `+ base_url = "http://localhost:4000/v1"`}, plan.Lines)

	_, told = p.undoes()
	assert.Equal(t, []string{"The file was taken away: there was none before."}, told)
	assert.Equal(t, []string{".codex/config.toml"}, p.all(), "nothing of ours stays")
}

func TestCodexKeepsItsHome(t *testing.T) {
	r, err := Named("codex")
	require.NoError(t, err)
	f, err := r.File(Proxy{BaseURL: usual}, "home", func(name string) string { return map[string]string{"CODEX_HOME": "other"}[name] })
	require.NoError(t, err)
	assert.Equal(t, filepath.Join("other", "claude.config.toml"), f.Path)
}

// A configuration as people have it: whatever its form, the provider goes in, and
// undo brings back every byte.
func TestOpenCodeGetsAProvider(t *testing.T) {
	for name, before := range map[string]string{
		"a line":              `{"model": "a/b"}`,
		"nothing in it":       `{}`,
		"as opencode has it":  "{\n  \"$schema\": \"https://opencode.ai/config.json\"\n}",
		"comments":            "// mine\n{ // {\n  /* \"provider\": {} */\n  \"theme\": \"//\\\"\", // \"\n}\n",
		"only a comment":      "{ /* nothing yet */ }",
		"providers":           "{\n  \"provider\": {\n    \"other\": { \"npm\": \"x\", },\n  },\n}\n",
		"providers, but none": `{"provider": {}, "model": "a/b"}`,
		"provider elsewhere":  `{"agent": {"provider": {"claude-proxy": 1}}}`,
		"others disabled":     `{"disabled_providers": ["a"], "enabled_providers": null}`,
		"ours enabled":        `{"enabled_providers": ["a", "claude-proxy"]}`,
		"from Windows":        "\ufeff{\r\n  \"model\": \"a/b\"\r\n}\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			p := newPerson(t, "opencode")
			p.has(opencode, before)
			plan, told := p.setsUp(usual)
			assert.Equal(t, p.path(opencode), plan.File)
			assert.Contains(t, told[0], "The configuration from before is in "+p.path(opencode)+".before-claude-proxy-")
			after := p.text(opencode)
			var config map[string]any
			require.NoError(t, json.Unmarshal(withoutComments([]byte(after)), &config), after)
			provider, _ := document(config).get("provider", providerID, "options", "baseURL")
			assert.Equal(t, usual, provider, after)
			assert.Equal(t, "https://opencode.ai/config.json", config["$schema"], "opencode has nothing to add")
			if strings.Contains(before, "\r\n") {
				assert.Equal(t, strings.Count(after, "\n"), strings.Count(after, "\r\n"))
			}
			p.setsUp("http://localhost:4000/v1")
			assert.Len(t, p.all(), 3, "one backup")
			_, told = p.undoes()
			assert.Equal(t, []string{"The file is as it was, byte for byte."}, told)
			assert.Equal(t, before, p.text(opencode))
			assert.Equal(t, []string{opencode}, p.all())
		})
	}
}

func TestWhichFileOfOpenCodes(t *testing.T) {
	p := newPerson(t, "opencode")
	assert.Equal(t, p.path(opencode), p.file(usual).Path, "the documented one")
	p.has(".config/opencode/config.json", "{}")
	assert.Equal(t, p.path(".config/opencode/config.json"), p.file(usual).Path)
	p.has(opencode, "{}")
	p.setsUp(usual)
	p.has(".config/opencode/opencode.jsonc", "{}")
	assert.Equal(t, p.path(opencode), p.file(usual).Path, "where the set-up was")
	p.undoes()
	assert.Equal(t, p.path(".config/opencode/opencode.jsonc"), p.file(usual).Path, "the one that opencode writes")
}

// What is not understood, or is not ours to change, stays as it is.
func TestFilesThatAreLeftAlone(t *testing.T) {
	cases := []struct{ name, client, file, text, complaint string }{
		{"another profile", "codex", profile, "model = \"x\"\n", "there is a profile of that name already"},
		{"a profile of the old kind", "codex", ".codex/config.toml", "[profiles.claude]\nmodel = \"x\"\n", `has a profile "claude" of the old kind`},
		{"the old kind is in use", "codex", ".codex/config.toml", "profile = \"claude\"\n", `has a profile "claude" of the old kind`},
		{"no TOML", "codex", ".codex/config.toml", "model = \n", "config.toml cannot be understood"},
		{"no JSON", "opencode", opencode, "{model: 'x'}", "it is not JSON with comments"},
		{"half of it", "opencode", opencode, `{"model": "x`, "it is not JSON with comments"},
		{"a comma alone", "opencode", opencode, "{,}", "it is not JSON with comments"},
		{"two commas", "opencode", opencode, `{"a": [1,,]}`, "it is not JSON with comments"},
		{"half a comment", "opencode", opencode, "{} /* mine", "it is not JSON with comments"},
		{"half a comment of two", "opencode", opencode, "{} /*/", "it is not JSON with comments"},
		{"empty", "opencode", opencode, "", "it is not JSON with comments"},
		{"a list", "opencode", opencode, `[]`, "it holds no object"},
		{"the provider is there", "opencode", opencode, `{"provider": {"a": {}, "claude-proxy": {}}}`, "it has the provider claude-proxy already"},
		{"a strange provider", "opencode", opencode, `{"provider": ["claude-proxy"]}`, "its provider is no object"},
		{"others are enabled", "opencode", opencode, `{"enabled_providers": ["anthropic"], /* mine */}`, "its enabled_providers lacks claude-proxy, and opencode offers only what is in that list; add it there"},
		{"none is enabled", "opencode", opencode, `{"enabled_providers": []}`, "its enabled_providers lacks claude-proxy"},
		{"it is disabled", "opencode", opencode, `{"enabled_providers": ["claude-proxy"], "disabled_providers": ["a", "claude-proxy"]}`, "its disabled_providers has claude-proxy in it, which opencode would not offer; take it out"},
		{"said twice", "opencode", opencode, `{"provider": {"a": {}}, "provider": {"b": {}}}`, "it has provider twice"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			p := newPerson(t, c.client)
			p.has(c.file, c.text)
			_, err := p.file(usual).PlanSetUp()
			require.ErrorContains(t, err, c.complaint)
			require.ErrorContains(t, err, "is left alone")
			assert.Equal(t, c.text, p.text(c.file))
			assert.Equal(t, []string{c.file}, p.all())
		})
	}
}

func TestUndoLeavesAChangedFileAlone(t *testing.T) {
	p := newPerson(t, "opencode")
	p.has(opencode, `{"model": "a/b"}`)
	_, err := p.file(usual).PlanUndo()
	require.ErrorContains(t, err, "there is nothing to undo: no record of a set-up lies beside "+p.path(opencode))
	p.setsUp(usual)
	changed := strings.Replace(p.text(opencode), "a/b", "c/d", 1)
	p.has(opencode, changed)
	for range 2 {
		_, err = p.file(usual).PlanUndo()
		require.ErrorContains(t, err, "was changed since the set-up, and is left alone; take claude-proxy out of it by hand")
		require.ErrorContains(t, err, "The configuration from before is in ")
		_, err = p.file("http://localhost:4000/v1").PlanSetUp()
		require.ErrorContains(t, err, "it has the provider claude-proxy already")
	}
	assert.Equal(t, changed, p.text(opencode))
	require.NoError(t, os.Remove(p.path(opencode)))
	_, err = p.file(usual).PlanUndo()
	require.ErrorContains(t, err, "was changed since the set-up")

	// Who has taken it out by hand can set up again.
	p.has(opencode, `{}`)
	p.setsUp(usual)
	p.undoes()
	assert.Equal(t, `{}`, p.text(opencode))
}

func TestUndoOfAProfile(t *testing.T) {
	p := newPerson(t, "codex")
	p.setsUp(usual)
	p.has(profile, p.text(profile)+"# mine\n")
	_, err := p.file(usual).PlanUndo()
	require.ErrorContains(t, err, "take claude-proxy out of it by hand. There was no such file before the set-up.")
	require.NoError(t, os.Remove(p.path(profile)))
	_, told := p.undoes()
	assert.Equal(t, []string{"The file is gone already: there was none before."}, told)
	assert.Empty(t, p.all())
}

// The record lies beside the file itself, however opencode comes to it.
func TestUndoFindsWhatWasSetUpThroughALink(t *testing.T) {
	p := newPerson(t, "opencode")
	p.has("dotfiles/oc.json", "{}")
	require.NoError(t, os.MkdirAll(filepath.Dir(p.path(opencode)), 0o700))
	if err := os.Symlink(p.path("dotfiles/oc.json"), p.path(opencode)); runtime.GOOS == "windows" && err != nil {
		t.Skip("not everybody may make links: ", err)
	} else {
		require.NoError(t, err)
	}
	p.setsUp(usual)
	p.has(".config/opencode/opencode.jsonc", "{}")
	p.undoes()
	assert.Equal(t, "{}", p.text("dotfiles/oc.json"))
}

func TestALostOrBrokenRecord(t *testing.T) {
	p := newPerson(t, "opencode")
	p.has(opencode, `{}`)
	p.setsUp(usual)
	names := p.all()
	backup := names[slices.IndexFunc(names, func(name string) bool { return strings.Contains(name, ".before-") })]
	require.NoError(t, os.Remove(p.path(backup)))
	_, err := p.file(usual).PlanUndo()
	require.ErrorContains(t, err, "the backup of the configuration is gone")
	p.has(opencode+".claude-proxy", "{")
	_, err = p.file(usual).PlanUndo()
	require.ErrorContains(t, err, "says how to undo, but is broken")
	_, err = p.file(usual).PlanSetUp()
	require.ErrorContains(t, err, "says how to undo, but is broken")
}

// Between the look and the yes somebody may have changed the file.
func TestAPlanForAFileIsGoodForOneState(t *testing.T) {
	p := newPerson(t, "opencode")
	plan, err := p.file(usual).PlanSetUp()
	require.NoError(t, err)
	p.has(opencode, `{}`)
	_, err = plan.Apply(t.Context())
	require.ErrorContains(t, err, "was changed in the meantime")
	assert.Equal(t, []string{opencode}, p.all())

	p.setsUp(usual)
	plan, err = p.file(usual).PlanUndo()
	require.NoError(t, err)
	p.has(opencode, `{"a": 1}`)
	_, err = plan.Apply(t.Context())
	require.ErrorContains(t, err, "was changed in the meantime")
	assert.Equal(t, `{"a": 1}`, p.text(opencode))
}

func TestModesAndLinksStay(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("modes mean nothing here, and links need rights")
	}
	p := newPerson(t, "opencode")
	p.has("dotfiles/opencode.json", `{}`)
	require.NoError(t, os.Chmod(p.path("dotfiles/opencode.json"), 0o640))
	require.NoError(t, os.MkdirAll(filepath.Dir(p.path(opencode)), 0o700))
	require.NoError(t, os.Symlink(p.path("dotfiles/opencode.json"), p.path(opencode)))
	check := func() {
		info, err := os.Lstat(p.path(opencode))
		require.NoError(t, err)
		assert.Equal(t, os.ModeSymlink, info.Mode().Type())
		info, err = os.Stat(p.path(opencode))
		require.NoError(t, err)
		assert.Equal(t, os.FileMode(0o640), info.Mode())
	}
	p.setsUp(usual)
	check()
	for _, name := range p.all() {
		if strings.Contains(name, providerID) { // the record and the copy
			info, err := os.Stat(p.path(name))
			require.NoError(t, err)
			assert.Equal(t, os.FileMode(0o600), info.Mode(), name)
		}
	}
	p.undoes()
	check()
	assert.Equal(t, `{}`, p.text("dotfiles/opencode.json"))
	assert.Len(t, p.all(), 2)

	require.NoError(t, os.Remove(p.path("dotfiles/opencode.json")))
	_, err := p.file(usual).PlanSetUp()
	require.ErrorContains(t, err, "is a link to a file that is not there")
	require.NoError(t, os.Remove(p.path(opencode)))
	require.NoError(t, os.Mkdir(p.path(opencode), 0o700))
	_, err = p.file(usual).PlanSetUp()
	require.ErrorContains(t, err, "is not a file")
}

func TestWhatIsReadOnlyStaysSo(t *testing.T) {
	p := newPerson(t, "opencode")
	p.has(opencode, `{}`)
	require.NoError(t, os.Chmod(p.path(opencode), 0o400))
	_, err := p.file(usual).PlanSetUp()
	require.ErrorContains(t, err, "is read-only, and is left alone")
	require.NoError(t, os.Chmod(p.path(opencode), 0o600))

	// A file stands where the folder should be.
	p = newPerson(t, "codex")
	p.has(".codex", "")
	plan, err := p.file(usual).PlanSetUp()
	if err == nil {
		_, err = plan.Apply(t.Context())
	}
	require.Error(t, err)
	assert.Equal(t, []string{".codex"}, p.all())
}

func FuzzCommentsAreBlankedOut(f *testing.F) {
	f.Add([]byte("// a\n{ \"b\": [1, /* , */ ], } \n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		plain := withoutComments(text)
		require.Len(t, plain, len(text))
		if json.Valid(text) {
			assert.Equal(t, string(text), string(plain), "JSON has nothing to blank out")
		}
		// Whatever it was, it is refused, or only the provider is new.
		recipe := []byte(`{"$schema": "y", "provider": {"claude-proxy": {"npm": "x"}}}`)
		after, err := addProvider(append([]byte{}, text...), recipe)
		if err != nil {
			return
		}
		var value map[string]any
		require.NoError(t, json.Unmarshal(withoutComments(after), &value))
		npm, _ := document(value).get("provider", providerID, "npm")
		assert.Equal(t, "x", npm)
		assert.Contains(t, value, "$schema")
	})
}

// What lies between two changes stays, and may hold keys.
func TestOnlyLinesThatChangeAreShown(t *testing.T) {
	for _, test := range []struct {
		from, to string
		want     []string
	}{
		{"a\nb\n", "a\nb\n", nil},
		{"", "a\n", []string{"+ a"}},
		{"a\n", "", []string{"- a"}},
		{"{\nkey\n}\n", "{\nnew\nkey\nmore\n}\n", []string{"+ new", "+ more"}},
		{"{\nold\nkey\nx\n}\n", "{\nkey\ny\n}\n", []string{"- old", "- x", "+ y"}},
		{"a\nb\na\n", "b\na\nb\n", []string{"- a", "+ b"}},
	} {
		assert.Equal(t, test.want, difference([]byte(test.from), []byte(test.to)), "%q %q", test.from, test.to)
	}
}
