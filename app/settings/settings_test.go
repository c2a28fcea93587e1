package settings

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func load(t *testing.T, text string) (Settings, []string, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "settings.json")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return Load(path)
}

func TestAFileThatIsNotThereMeansTheDefaults(t *testing.T) {
	s, unknown, err := Load(filepath.Join(t.TempDir(), "none.json"))
	require.NoError(t, err)
	assert.Empty(t, unknown)
	assert.Equal(t, Default(), s)
	assert.NoError(t, s.Validate())
}

func TestWhatIsNotInTheFileKeepsItsDefault(t *testing.T) {
	s, unknown, err := load(t, `{"port": 4000, "spares": 0, "api_key": null, "idle_timeout": "90s", "claude_env": {"A": "b"}, "allowed_hosts": ["box"]}`)
	require.NoError(t, err)
	assert.Empty(t, unknown)
	want := Default()
	want.Port, want.Spares, want.IdleTimeout = 4000, 0, Duration(90*time.Second)
	want.ClaudeEnv, want.AllowedHosts = map[string]string{"A": "b"}, []string{"box"}
	assert.Equal(t, want, s)
}

func TestEverySettingCanBeWrittenAndReadBack(t *testing.T) {
	want := Default()
	want.APIKey, want.Claude, want.ClaudeEnv = "k", "/c", map[string]string{"A": ""}
	want.AllowedOrigins, want.AllowedHosts = []string{"http://a"}, []string{"b"}
	for i, value := range reflect.ValueOf(want).Fields() {
		assert.False(t, value.IsZero(), "this test forgets %s", i.Name)
	}
	text, err := json.Marshal(want)
	require.NoError(t, err)
	s, unknown, err := load(t, string(text))
	require.NoError(t, err)
	assert.Empty(t, unknown)
	assert.Equal(t, want, s)
}

func TestUnknownKeysAreToldAndHaveNoEffect(t *testing.T) {
	s, unknown, err := load(t, `{"prot": 1, "Port": 2, "nested": {"port": 3}, "prot": 4}`)
	require.NoError(t, err)
	assert.Equal(t, []string{"Port", "nested", "prot"}, unknown)
	assert.Equal(t, Default(), s)
}

func TestAByteOrderMarkIsNoMistake(t *testing.T) {
	s, _, err := load(t, "\ufeff{\r\n  \"port\": 4000\r\n}\r\n")
	require.NoError(t, err)
	assert.Equal(t, 4000, s.Port)
}

func TestMistakesAreToldWithTheirLine(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"empty":              {"", "line 1: the end is missing"},
		"not an object":      {"[1]", "line 1: the file must be one JSON object, {…}"},
		"not JSON":           {"port = 1", "line 1: invalid character 'p'"},
		"comma too many":     {"{\n\"port\": 1,\n}", "line 3: invalid character '}'"},
		"comma missing":      {"{\n\"port\": 1\n\"listen\": \"::1\"}", "line 3: "},
		"comment":            {"{\n// mine\n\"port\": 1}", "line 2: invalid character '/'"},
		"broken value":       {"{\n\n\"port\": 1x}", "line 3: "},
		"end missing":        {"{\n\"port\": 1", "line 2: the end is missing"},
		"end of text":        {"{\n\"listen\": \"local", "line 2: the end is missing"},
		"two objects":        {"{}\n{}", "line 2: something follows the closing brace"},
		"number as text":     {"{\"a\": 1,\n\"port\": \"1\"}", "line 2: port must be a whole number, without quotes"},
		"fraction":           {"{\"port\": 1.5}", "line 1: port must be a whole number, without quotes"},
		"text as number":     {"{\"listen\": 1}", "line 1: listen must be a text in quotes"},
		"list as text":       {"{\"allowed_hosts\": \"box\"}", "line 1: allowed_hosts must be a list of texts"},
		"object as list":     {"{\"claude_env\": [\"A=b\"]}", "line 1: claude_env must be an object of texts"},
		"number in object":   {"{\"claude_env\": {\"A\": 1}}", "line 1: claude_env must be an object of texts"},
		"time as number":     {"{\"queue_timeout\": 90}", "line 1: queue_timeout must be a length of time in quotes"},
		"time without unit":  {"{\n\"queue_timeout\": \"90\"}", `line 2: queue_timeout must be a length of time, such as 90s or 10m, not "90"`},
		"line of a long one": {"{\n\"claude_env\": {\n\"A\": \"b\",\n\"C\": 1\n}}", "line 2: claude_env must be"},
	} {
		t.Run(name, func(t *testing.T) {
			s, unknown, err := load(t, c.text)
			require.Error(t, err)
			assert.Contains(t, err.Error(), "settings.json is not right in "+c.want)
			assert.True(t, strings.HasSuffix(err.Error(), ". Correct it, or move it away to use the defaults"), err)
			assert.Equal(t, Default(), s, "nothing of a broken file is used")
			assert.Empty(t, unknown)
		})
	}
}

func TestAFileThatCannotBeReadIsTold(t *testing.T) {
	_, _, err := Load(t.TempDir())
	assert.ErrorContains(t, err, "the settings file cannot be read: ")
}

func TestValuesThatMakeNoSenseAreTold(t *testing.T) {
	for want, change := range map[string]func(*Settings){
		"port 0 does not exist":               func(s *Settings) { s.Port = 0 },
		"port 65536 does not exist":           func(s *Settings) { s.Port = 65536 },
		"listen is empty":                     func(s *Settings) { s.Listen = "" },
		"give the address alone, as ::1,":     func(s *Settings) { s.Listen = "[::1]:80" },
		"as localhost, and":                   func(s *Settings) { s.Listen = ":8080" },
		"use login or environment":            func(s *Settings) { s.Credentials = "api" },
		"use debug, info, warn or error":      func(s *Settings) { s.LogLevel = "INFO" },
		"max_processes is 65; use 1 to 64":    func(s *Settings) { s.MaxProcesses = 65 },
		"spares is -1":                        func(s *Settings) { s.Spares = -1 },
		"spares is 6; use 0 to one less":      func(s *Settings) { s.Spares = 6 },
		"max_memory_mib is 255":               func(s *Settings) { s.MaxMemoryMiB = 255 },
		"max_queue is 0":                      func(s *Settings) { s.MaxQueue = 0 },
		"max_body_mib is 1025":                func(s *Settings) { s.MaxBodyMiB = 1025 },
		"queue_timeout is 0s; use 1s to ":     func(s *Settings) { s.QueueTimeout = 0 },
		"idle_timeout is 3ns; use 1s to ":     func(s *Settings) { s.IdleTimeout = 3 },
		"silence_timeout is -1m0s; use 1s":    func(s *Settings) { s.SilenceTimeout = Duration(-time.Minute) },
		"a year), as 90s or 10m":              func(s *Settings) { s.IdleTimeout = Duration(8761 * time.Hour) },
		`claude_env has the name "A=B"`:       func(s *Settings) { s.ClaudeEnv = map[string]string{"A=B": ""} },
		"claude_env has the name \"\", which": func(s *Settings) { s.ClaudeEnv = map[string]string{"": "b"} },
	} {
		s := Default()
		change(&s)
		assert.ErrorContains(t, s.Validate(), want)
	}
	for name, change := range map[string]func(*Settings){
		"one process":     func(s *Settings) { s.MaxProcesses = 1 },
		"no spare":        func(s *Settings) { s.Spares = 0 },
		"an IPv6 address": func(s *Settings) { s.Listen = "::1" },
		"a name":          func(s *Settings) { s.Listen = "box.local" },
		"a second":        func(s *Settings) { s.IdleTimeout = Duration(time.Second) },
		"a year":          func(s *Settings) { s.IdleTimeout = Duration(365 * 24 * time.Hour) },
	} {
		s := Default()
		change(&s)
		assert.NoError(t, s.Validate(), name)
	}
}

func FuzzLoadingNeverPanics(f *testing.F) {
	f.Add(`{"port": 1, "x": [1, {"y": null}], "queue_timeout": "1s"}`)
	f.Add("{\"port\"")
	f.Add("\ufeff{}")
	f.Fuzz(func(t *testing.T, text string) {
		s, _, err := parse([]byte(text))
		if err != nil {
			assert.Contains(t, err.Error(), "line ")
			return
		}
		assert.True(t, json.Valid([]byte(strings.TrimPrefix(text, "\ufeff"))))
		_ = s.Validate()
	})
}
