package setup

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// mine is a configuration as a person writes it.
const mine = `// My own.
{
  agents: { defaults: { model: 'anthropic/claude-opus-4-6', workspace: "~/work", } }, // one agent
  gateway: { port: 18789 },
}
`

func configFor(t *testing.T, port int, key string) []byte {
	t.Helper()
	config, err := OpenClawConfig(fmt.Sprintf("http://localhost:%d/v1", port), key)
	require.NoError(t, err)
	return config
}

func setUp(t *testing.T, s standIn, port int, key string) (Plan, []string) {
	t.Helper()
	plan, err := s.openClaw(key).PlanSetUp(t.Context(), configFor(t, port, key))
	require.NoError(t, err)
	require.NotEmpty(t, plan.Changes)
	told, err := plan.Apply(t.Context())
	require.NoError(t, err)
	return plan, told
}

func undo(t *testing.T, s standIn) (Plan, []string) {
	t.Helper()
	plan, err := s.openClaw("").PlanUndo(t.Context())
	require.NoError(t, err)
	told, err := plan.Apply(t.Context())
	require.NoError(t, err)
	return plan, told
}

// beside are the names of the files beside the configuration.
func beside(t *testing.T, s standIn) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(s.file()))
	if !os.IsNotExist(err) {
		require.NoError(t, err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestASetUpIsShownMadeAndUndoneByteForByte(t *testing.T) {
	s := newStandIn(t)
	s.configure(t, mine)
	plan, told := setUp(t, s, 3456, "")
	assert.Equal(t, "2026.9.6", plan.Version)
	assert.Equal(t, s.file(), plan.File)
	assert.Equal(t, []Change{
		{"models.providers.claude-proxy", "not set", "http://localhost:3456/v1 (models: 3, no API key)"},
		{"models.mode", "not set", `"merge"`},
		{"agents.defaults.model.primary", `"anthropic/claude-opus-4-6"`, `"claude-proxy/claude-opus-4"`},
	}, plan.Changes)
	assert.Contains(t, strings.Join(plan.Notes, "\n"), "comments in it go")

	now, err := parse([]byte(s.text(t)))
	require.NoError(t, err)
	assert.Equal(t, "claude-proxy/claude-opus-4", now.primary())
	workspace, _ := now.get("agents", "defaults", "workspace")
	assert.Equal(t, "~/work", workspace)
	backup := filepath.Join(filepath.Dir(s.file()), beside(t, s)[1])
	assert.Regexp(t, `openclaw\.json\.before-claude-proxy-\d{8}-\d{6}\.\d{3}$`, backup)
	assert.Contains(t, told, "The configuration from before is in "+backup)
	for _, path := range []string{backup, recordPath(s.file())} {
		info, err := os.Stat(path)
		require.NoError(t, err)
		if runtime.GOOS != "windows" {
			assert.Equal(t, os.FileMode(0o600), info.Mode())
		}
	}

	plan, told = undo(t, s)
	assert.Equal(t, mine, s.text(t))
	assert.Contains(t, plan.Notes[0], "byte for byte, from "+backup)
	assert.Equal(t, []string{"The configuration is as it was, byte for byte."}, told)
	assert.Equal(t, []string{"openclaw.json"}, beside(t, s), "nothing of ours stays")
}

func TestASecondSetUpKeepsTheFirstBackup(t *testing.T) {
	s := newStandIn(t)
	s.configure(t, mine)
	setUp(t, s, 3456, "")
	plan, err := s.openClaw("").PlanSetUp(t.Context(), configFor(t, 3456, ""))
	require.NoError(t, err)
	assert.Empty(t, plan.Changes, "all is as it should be")
	plan, _ = setUp(t, s, 4000, "")
	assert.Len(t, plan.Changes, 1)
	plan, _ = setUp(t, s, 4000, "sesame")
	assert.Len(t, plan.Changes, 1)
	assert.Len(t, beside(t, s), 3, "one backup")
	undo(t, s)
	assert.Equal(t, mine, s.text(t))
}

func TestAFreshInstallationHasNoConfigurationAgain(t *testing.T) {
	s := newStandIn(t)
	_, told := setUp(t, s, 3456, "")
	assert.Contains(t, told, "There was no configuration before; undo takes this one away.")
	plan, _ := undo(t, s)
	assert.Contains(t, plan.Notes[0], "it is taken away")
	assert.Empty(t, beside(t, s))
}

// OpenClaw renames a new file to the name of the old one.
func TestWhatBecomesOfALinkIsSaidBefore(t *testing.T) {
	s := newStandIn(t)
	s.configure(t, "{}")
	plan, err := s.openClaw("").PlanSetUp(t.Context(), configFor(t, 3456, ""))
	require.NoError(t, err)
	assert.Empty(t, plan.Notes, "a file stays a file")

	elsewhere := filepath.Join(s.home, "dotfiles.json")
	require.NoError(t, os.Rename(s.file(), elsewhere))
	if err := os.Symlink(elsewhere, s.file()); runtime.GOOS == "windows" && err != nil {
		t.Skip("not everybody may make links: ", err)
	} else {
		require.NoError(t, err)
	}
	plan, err = s.openClaw("").PlanSetUp(t.Context(), configFor(t, 3456, ""))
	require.NoError(t, err)
	assert.Equal(t, []string{s.file() + " is a link. OpenClaw puts a file in its place, and what it leads to stays as it is. Undo brings the text back, but not the link."}, plan.Notes)
}

// The API key goes into the configuration, and nowhere else.
func TestTheKeyIsTold(t *testing.T) {
	const key = "sesame-street-123"
	s := newStandIn(t)
	s.configure(t, mine)
	plan, told := setUp(t, s, 3456, key)
	assert.Contains(t, s.text(t), key)
	assert.Contains(t, plan.Changes[0].To, "an API key")
	assert.NotContains(t, fmt.Sprint(plan.Changes, plan.Notes, told, s.calls()), key)

	s.is(t, "invalid", "apiKey "+key+" is not nice")
	_, err := s.openClaw(key).PlanSetUp(t.Context(), configFor(t, 4000, key))
	require.ErrorContains(t, err, "apiKey (the API key) is not nice")
	assert.NotContains(t, err.Error(), key)
}

// edit changes the configuration as a person or OpenClaw does later.
func (s standIn) edit(t *testing.T, change func(document)) {
	t.Helper()
	doc, err := parse([]byte(s.text(t)))
	require.NoError(t, err)
	change(doc)
	require.NoError(t, s.write(doc, false))
}

func TestUndoKeepsWhatWasChangedSince(t *testing.T) {
	const provider = `models: {mode: "replace", providers: {other: {baseUrl: "http://localhost:1/v1"}, "claude-proxy": {baseUrl: "http://localhost:9/v1", apiKey: "old"}}}`
	cases := []struct {
		name         string
		before       string
		edit         func(document)
		want         string
		unrestorable string // what OpenClaw does not know as a model
	}{
		{
			"another value", `{agents: {defaults: {model: "a/b"}}}`,
			func(d document) { d.set(18790.0, "gateway", "port") },
			`{agents: {defaults: {model: "a/b"}}, gateway: {port: 18790}}`, "",
		},
		{
			"a model of the person's own", `{agents: {defaults: {model: "a/b"}}}`,
			func(d document) { d.setPrimary("c/d") },
			`{agents: {defaults: {model: {primary: "c/d"}}}}`, "",
		},
		{
			"fallbacks", `{agents: {defaults: {model: "a/b"}}}`,
			func(d document) { d.set([]any{"c/d"}, "agents", "defaults", "model", "fallbacks") },
			`{agents: {defaults: {model: {primary: "a/b", fallbacks: ["c/d"]}}}}`, "",
		},
		{
			"fallbacks that were taken away", `{agents: {defaults: {model: {primary: "a/b", fallbacks: ["c/d"]}}}}`,
			func(d document) { d.remove("agents", "defaults", "model", "fallbacks") },
			`{agents: {defaults: {model: {primary: "a/b"}}}}`, "",
		},
		{
			"no model before", `{models: {providers: {}}}`,
			func(d document) { d.set("x", "gateway", "auth") },
			`{models: {providers: {}}, gateway: {auth: "x"}}`, "",
		},
		{
			"only fallbacks before", `{agents: {defaults: {model: {fallbacks: ["a/b"]}}}}`,
			func(d document) { d.set("x", "gateway", "auth") },
			`{agents: {defaults: {model: {fallbacks: ["a/b"]}}}, gateway: {auth: "x"}}`, "",
		},
		{
			"a provider of that name before", `{` + provider + `}`,
			func(d document) { d.set("x", "gateway", "auth") },
			`{` + provider + `, gateway: {auth: "x"}}`, "",
		},
		{
			"another mode since", `{}`,
			func(d document) { d.set("replace", modePath...) },
			`{models: {mode: "replace"}}`, "",
		},
		{
			"a provider since", `{}`,
			func(d document) { d.set(map[string]any{"baseUrl": "x"}, "models", "providers", "other") },
			`{models: {providers: {other: {baseUrl: "x"}}}}`, "",
		},
		{
			"a model that OpenClaw cannot look up", `{agents: {defaults: {model: "a/b"}}}`,
			func(d document) { d.set("x", "gateway", "auth") },
			`{agents: {defaults: {model: "a/b"}}, gateway: {auth: "x"}}`, "a/b",
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := newStandIn(t)
			s.configure(t, c.before)
			setUp(t, s, 3456, "")
			s.edit(t, c.edit)
			s.is(t, "unknown", c.unrestorable)
			plan, told := undo(t, s)
			assert.Contains(t, plan.Notes[0], "only these values go back")
			want, err := parse([]byte(c.want))
			require.NoError(t, err)
			want.set("2026.9.6", "meta", "lastTouchedVersion")
			got, err := parse([]byte(s.text(t)))
			require.NoError(t, err)
			assert.Equal(t, want, got)

			names := beside(t, s)
			require.Len(t, names, 2, "the backup stays: %q", names)
			assert.Contains(t, told[0], names[1])
			text, err := os.ReadFile(filepath.Join(filepath.Dir(s.file()), names[1]))
			require.NoError(t, err)
			assert.Equal(t, c.before, string(text))
		})
	}
}

func TestUndoTellsWhatStillNamesTheProxy(t *testing.T) {
	s := newStandIn(t)
	s.configure(t, mine)
	setUp(t, s, 3456, "")
	s.edit(t, func(d document) {
		d.set([]any{"a/b", "claude-proxy/claude-haiku-4"}, "agents", "defaults", "model", "fallbacks")
	})
	plan, err := s.openClaw("").PlanUndo(t.Context())
	require.NoError(t, err)
	assert.Contains(t, plan.Notes, "Still names a model of the proxy, and is yours to change: agents.defaults.model.fallbacks[1]")
}

// A second set-up that meets a person's changes must not let undo forget them.
func TestAChangeBetweenTwoSetUpsIsKept(t *testing.T) {
	s := newStandIn(t)
	s.configure(t, mine)
	setUp(t, s, 3456, "")
	s.edit(t, func(d document) { d.set(1.0, "gateway", "port") })
	setUp(t, s, 4000, "")
	undo(t, s)
	got, err := parse([]byte(s.text(t)))
	require.NoError(t, err)
	port, _ := got.get("gateway", "port")
	assert.InDelta(t, 1, port, 0)
	assert.Equal(t, "anthropic/claude-opus-4-6", got.primary())
}

// Who has undone a set-up by hand and sets up again later goes back to the later state.
func TestABackupThatIsOfNoUseIsReplaced(t *testing.T) {
	s := newStandIn(t)
	s.configure(t, mine)
	setUp(t, s, 3456, "")
	s.configure(t, `{agents: {defaults: {model: "e/f"}}}`)
	setUp(t, s, 3456, "")
	undo(t, s)
	assert.Equal(t, `{agents: {defaults: {model: "e/f"}}}`, s.text(t))
}

// OpenClaw has been seen to put its own copy back after a file became shorter.
func TestUndoPrevailsOverOpenClawsOwnCopy(t *testing.T) {
	s := newStandIn(t)
	s.configure(t, mine)
	setUp(t, s, 3456, "")
	s.is(t, "stubborn", s.text(t))
	_, told := undo(t, s)
	got, err := parse([]byte(s.text(t)))
	require.NoError(t, err)
	assert.Equal(t, "anthropic/claude-opus-4-6", got.primary())
	_, there := got.get("models")
	assert.False(t, there)
	assert.Contains(t, told[0], "The values are as before")
}

// A newer OpenClaw may not take any more what an older one wrote.
func TestUndoTellsThatOpenClawDoesNotTakeTheOldFile(t *testing.T) {
	s := newStandIn(t)
	s.configure(t, mine)
	setUp(t, s, 3456, "")
	plan, err := s.openClaw("").PlanUndo(t.Context())
	require.NoError(t, err)
	s.is(t, "invalid", "agents: legacy key")
	_, err = plan.Apply(t.Context())
	require.ErrorContains(t, err, "is as it was before the set-up, but OpenClaw does not take that")
	require.ErrorContains(t, err, "agents: legacy key")
	assert.Equal(t, mine, s.text(t))
}

func TestUndoWithoutASetUp(t *testing.T) {
	s := newStandIn(t)
	s.configure(t, mine)
	_, err := s.openClaw("").PlanUndo(t.Context())
	require.ErrorContains(t, err, "there is nothing to undo: no backup of a set-up lies beside "+s.file())
	assert.Equal(t, mine, s.text(t))
}

func TestUndoWithALostOrBrokenBackup(t *testing.T) {
	s := newStandIn(t)
	s.configure(t, mine)
	setUp(t, s, 3456, "")
	patched := s.text(t)
	backup := filepath.Join(filepath.Dir(s.file()), beside(t, s)[1])
	for text, complaint := range map[string]string{"{": "cannot be understood", "": "the backup of the configuration is gone"} {
		require.NoError(t, os.WriteFile(backup, []byte(text), 0o600))
		if text == "" {
			require.NoError(t, os.Remove(backup))
		}
		_, err := s.openClaw("").PlanUndo(t.Context())
		require.ErrorContains(t, err, complaint)
		require.ErrorContains(t, err, backup)
	}
	require.NoError(t, os.WriteFile(recordPath(s.file()), []byte(`{"backup": "../elsewhere"}`), 0o600))
	_, err := s.openClaw("").PlanUndo(t.Context())
	require.ErrorContains(t, err, "names a backup that is not beside it")
	require.NoError(t, os.WriteFile(recordPath(s.file()), []byte(`{`), 0o600))
	_, err = s.openClaw("").PlanUndo(t.Context())
	require.ErrorContains(t, err, "says how to undo, but is broken")
	assert.Equal(t, patched, s.text(t))
}

func TestWhatCannotBeSetUp(t *testing.T) {
	cases := []struct {
		name, what, value, config, complaint string
	}{
		{"too old", "version", "2026.4.27", mine, `is too old to be set up: its command "openclaw config patch" came with 2026.4.29`},
		{"too old, as it is written now", "version", "OpenClaw 2025.12.1 (abc)", mine, "update it with: openclaw update"},
		{"its own complaint", "invalid", `agents.defaults: Unrecognized key: "modell"`, mine, `agents.defaults: Unrecognized key: "modell"`},
		{"no JSON5", "", "", "{ agents: ", "OpenClaw config is invalid: JSON5 parse failed"},
		{"several files", "", "", `{agents: {$include: "./agents.json5"}}`, "takes parts of the configuration from other files"},
		{"no file named", "file", "somewhere", mine, `but said "somewhere"`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := newStandIn(t)
			s.configure(t, c.config)
			if c.what != "" {
				s.is(t, c.what, c.value)
			}
			_, err := s.openClaw("").PlanSetUp(t.Context(), configFor(t, 3456, ""))
			require.ErrorContains(t, err, c.complaint)
			assert.Equal(t, c.config, s.text(t))
			assert.Equal(t, []string{"openclaw.json"}, beside(t, s))
		})
	}
}

func TestARefusedPatchLeavesNothing(t *testing.T) {
	s := newStandIn(t)
	s.configure(t, mine)
	plan, err := s.openClaw("").PlanSetUp(t.Context(), configFor(t, 3456, ""))
	require.NoError(t, err)
	s.is(t, "invalid", "all of it")
	_, err = plan.Apply(t.Context())
	require.ErrorContains(t, err, "all of it")
	assert.Equal(t, mine, s.text(t))
	assert.Equal(t, []string{"openclaw.json"}, beside(t, s))
}

// Between the look and the yes somebody may have changed the file.
func TestAPlanIsGoodForOneState(t *testing.T) {
	s := newStandIn(t)
	s.configure(t, mine)
	plan, err := s.openClaw("").PlanSetUp(t.Context(), configFor(t, 3456, ""))
	require.NoError(t, err)
	s.configure(t, `{}`)
	_, err = plan.Apply(t.Context())
	require.ErrorContains(t, err, "was changed in the meantime")
	assert.Equal(t, `{}`, s.text(t))

	setUp(t, s, 3456, "")
	plan, err = s.openClaw("").PlanUndo(t.Context())
	require.NoError(t, err)
	s.edit(t, func(d document) { d.set("x", "gateway", "auth") })
	_, err = plan.Apply(t.Context())
	require.ErrorContains(t, err, "was changed in the meantime")
}

// Every write on the way is one that OpenClaw accepts.
func TestAProviderGoesInStepsThatAreSmallEnough(t *testing.T) {
	now, err := document{}.with(configFor(t, 3456, ""))
	require.NoError(t, err)
	for _, extra := range []int{0, 100, 500, 1000, 10_000} {
		after := document{"meta": strings.Repeat("x", extra)}
		from := now.clone()
		from["meta"] = after["meta"]
		length := from.size()
		all := writes(length, from, after)
		assert.LessOrEqual(t, len(all), 4)
		for _, next := range all {
			assert.True(t, length < 512 || next.size() >= length/2, "%d bytes extra: %d to %d", extra, length, next.size())
			length = next.size()
		}
		assert.Equal(t, after, all[len(all)-1])
	}
}
