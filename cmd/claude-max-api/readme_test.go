package main

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/app/settings"
)

const readmePath = "../../README.md"

// settingRow is a row of the README's table of settings: flags, key, default.
var settingRow = regexp.MustCompile("(?m)^\\| (`--[^|]*|in the menu) \\| `([a-z_]+)` \\| ([^|]*) \\|")

func TestTheREADMEListsEverySetting(t *testing.T) {
	text, err := os.ReadFile(readmePath)
	require.NoError(t, err)
	readme := string(text)
	defaults := map[string]json.RawMessage{}
	data, err := json.Marshal(settings.Default())
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(data, &defaults))

	var keys []string
	flagsInTable := map[string]bool{}
	for _, row := range settingRow.FindAllStringSubmatch(readme, -1) {
		flag, key, value := row[1], row[2], strings.Trim(row[3], "`")
		keys = append(keys, key)
		if flag != "in the menu" {
			for name := range strings.FieldsFuncSeq(flag, func(r rune) bool { return strings.ContainsRune("`, ", r) }) {
				flagsInTable[name] = true
			}
		}
		want := string(defaults[key])
		if want == `""` || want == "null" {
			continue // said in words, or as an empty list
		}
		assert.Equal(t, short(want), value, "the default of %s", key)
	}
	assert.Equal(t, settings.Keys(), keys, "the keys of the settings file, in its order")

	var line commandLine
	parser, err := kong.New(&line, kong.Vars{"version": ""})
	require.NoError(t, err)
	for _, flag := range parser.Model.Flags {
		switch flag.Name {
		case "help", "version": // not settings
		case "config":
			assert.Contains(t, readme, "`--config FILE`")
		default:
			assert.True(t, flagsInTable["--"+flag.Name], "--%s is not in the README's table of settings", flag.Name)
			for _, name := range flag.Envs {
				assert.True(t, flagsInTable["$"+name], "$%s is not in the README's table of settings", name)
			}
		}
		delete(flagsInTable, "--"+flag.Name)
		delete(flagsInTable, "-"+string(flag.Short))
		for _, name := range flag.Envs {
			delete(flagsInTable, "$"+name)
		}
	}
	assert.Empty(t, flagsInTable, "flags in the README that do not exist")
}

// short is how a person writes a length of time: 2m, not 2m0s.
func short(value string) string {
	return regexp.MustCompile(`^"(\d+m)0s"$`).ReplaceAllString(value, `"$1"`)
}

func TestTheREADMENamesEveryCommand(t *testing.T) {
	readme, err := os.ReadFile(readmePath)
	require.NoError(t, err)
	var line commandLine
	parser, err := kong.New(&line, kong.Vars{"version": ""})
	require.NoError(t, err)
	for _, command := range parser.Model.Children {
		assert.True(t, strings.Contains(string(readme), "claude-max-api "+command.Name), "the command %s is missing", command.Name)
		for _, flag := range command.Flags {
			assert.True(t, flag.Hidden || strings.Contains(string(readme), "--"+flag.Name), "--%s of %s is missing", flag.Name, command.Name)
		}
	}
}
