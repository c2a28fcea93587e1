package settings

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// TestAnyChangeOfAnyFileKeepsTheRest builds what has to come out without taking
// the file apart.
func TestAnyChangeOfAnyFileKeepsTheRest(t *testing.T) {
	path := filepath.Join(t.TempDir(), "settings.json")
	rapid.Check(t, func(t *rapid.T) {
		before := rapid.SliceOfN(entries, 0, 12).Draw(t, "before")
		changes := map[string]any{}
		for _, key := range rapid.SliceOfDistinct(rapid.SampledFrom(slices.Sorted(maps.Keys(valid))), rapid.ID).Draw(t, "keys") {
			changes[key] = nil
			if rapid.Bool().Draw(t, "set "+key) {
				changes[key] = valid[key].Draw(t, key)
			}
		}
		for _, e := range before {
			if !slices.Contains(Keys(), e.key) && rapid.IntRange(0, 4).Draw(t, "change "+e.key) == 0 {
				changes[e.key] = rapid.SampledFrom([]any{nil, 1, "x"}).Draw(t, "to")
			}
		}
		require.NoError(t, os.WriteFile(path, []byte(written(t, before)), 0o600))

		aside, err := Update(path, changes)
		require.NoError(t, err)
		assert.Empty(t, aside)

		text, err := os.ReadFile(path)
		require.NoError(t, err)
		require.True(t, json.Valid(text))
		assert.Equal(t, expected(t, before, changes), string(text))

		s, _, err := Load(path)
		require.NoError(t, err)
		require.NoError(t, s.Validate())
		for key, value := range changes {
			if i := slices.Index(Keys(), key); i >= 0 {
				want := value
				if want == nil {
					want = field(Default(), key)
				}
				assert.Equal(t, asJSON(t, want), asJSON(t, field(s, key)), key)
			}
		}
	})
}

// entry is one of a file, as it is written.
type entry struct{ key, name, value string }

// written is a file with the entries, blanks as a person or a program leaves them.
func written(t *rapid.T, all []entry) string {
	blank := func() string { return rapid.SampledFrom([]string{"", " ", "\n", "\r\n\t", "  "}).Draw(t, "blank") }
	var parts []string
	for _, e := range all {
		parts = append(parts, blank()+e.name+blank()+":"+blank()+e.value+blank())
	}
	bom := rapid.SampledFrom([]string{"", "\ufeff"}).Draw(t, "bom")
	return bom + blank() + "{" + strings.Join(parts, ",") + blank() + "}" + blank()
}

func expected(t *rapid.T, before []entry, changes map[string]any) string {
	var lines []string
	there := map[string]bool{}
	for i, e := range before {
		value, changed := changes[e.key]
		again := slices.ContainsFunc(before[i+1:], func(later entry) bool { return later.key == e.key })
		there[e.key] = true
		switch {
		case !changed:
			lines = append(lines, e.name+": "+e.value)
		case value != nil && !again:
			lines = append(lines, e.name+": "+asJSON(t, value))
		}
	}
	for _, key := range append(Keys(), "x-new") {
		if value := changes[key]; value != nil && !there[key] {
			lines = append(lines, fmt.Sprintf("%q: %s", key, asJSON(t, value)))
		}
	}
	if len(lines) == 0 {
		return "{}\n"
	}
	return "{\n  " + strings.Join(lines, ",\n  ") + "\n}\n"
}

// asJSON is a value's text as Update writes it.
func asJSON(t require.TestingT, value any) string {
	var text strings.Builder
	out := json.NewEncoder(&text)
	out.SetEscapeHTML(false)
	out.SetIndent("  ", "  ")
	require.NoError(t, out.Encode(value))
	return strings.TrimSpace(text.String())
}

// field is the setting of that name.
func field(s Settings, key string) any {
	all := map[string]any{
		"port": s.Port, "listen": s.Listen, "api_key": s.APIKey, "allowed_hosts": s.AllowedHosts, "claude_env": s.ClaudeEnv,
		"idle_timeout": s.IdleTimeout, "notifications": s.Notifications, "log_level": s.LogLevel,
	}
	return all[key]
}

var (
	// valid gives values that settings can have.
	valid = map[string]*rapid.Generator[any]{
		"port":          rapid.IntRange(1, 65535).AsAny(),
		"listen":        rapid.SampledFrom([]string{"localhost", "::1", "127.0.0.1"}).AsAny(),
		"api_key":       rapid.String().AsAny(),
		"allowed_hosts": rapid.SliceOf(rapid.String()).AsAny(),
		"claude_env":    rapid.MapOf(rapid.StringMatching(`[A-Z_]+`), rapid.String()).AsAny(),
		"idle_timeout":  rapid.Map(rapid.Int64Range(1e9, 1<<50), func(n int64) Duration { return Duration(time.Duration(n)) }).AsAny(),
		"notifications": rapid.Bool().AsAny(),
		"log_level":     rapid.SampledFrom([]string{"debug", "info", "warn", "error"}).AsAny(),
		"x-new":         rapid.MapOf(rapid.String(), rapid.Int()).AsAny(),
	}

	// entries are such as a file may have: settings, and what means nothing here.
	entries = rapid.Custom(func(t *rapid.T) entry {
		if rapid.Bool().Draw(t, "known") {
			key := rapid.SampledFrom([]string{"port", "api_key", "claude_env", "allowed_hosts", "notifications"}).Draw(t, "key")
			value, err := json.Marshal(valid[key].Draw(t, "value"))
			require.NoError(t, err)
			return entry{key, quoted(t, key), string(value)}
		}
		key := rapid.OneOf(rapid.StringMatching(`y-[a-c]`), rapid.StringMatching(`Port|ALLOWED_HOSTS|y.*`)).Draw(t, "key")
		return entry{key, quoted(t, key), values(2).Draw(t, "value")}
	})
)

// quoted is a text in one of the ways to write it in JSON.
func quoted(t *rapid.T, text string) string {
	var b strings.Builder
	out := json.NewEncoder(&b)
	out.SetEscapeHTML(rapid.Bool().Draw(t, "escape"))
	require.NoError(t, out.Encode(text))
	name := strings.TrimSpace(b.String())
	if rapid.Bool().Draw(t, "odd") {
		name = strings.Replace(name, "o", `\u006F`, 1)
	}
	return name
}

// values are texts of JSON values, which can say one thing in many ways.
func values(depth int) *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		plain := rapid.SampledFrom([]string{
			"null", "true", "1.0", "-0", "1e400", "12345678901234567890123", `"\ud800"`, `"\/\u0041<>&"`, "\"\xff\"", "[ ]", "{\n\t}",
		})
		kind := rapid.IntRange(0, 3).Draw(t, "kind")
		switch {
		case kind == 0:
			return quoted(t, rapid.String().Draw(t, "text"))
		case kind == 1 || depth == 0:
			return plain.Draw(t, "plain")
		}
		inner := rapid.SliceOfN(values(depth-1), 0, 3).Draw(t, "inner")
		if kind == 2 {
			return "[" + strings.Join(inner, " ,\n      ") + "]"
		}
		for i := range inner {
			inner[i] = `"port"  :` + inner[i] // also twice, also a setting's name
		}
		return "{\t" + strings.Join(inner, ",") + " }"
	})
}
