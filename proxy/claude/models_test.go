package claude

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/proxy/conversation"
)

// listed is what a CLI answers `initialize` with, shortened.
var listed = []listedModel{
	{Value: "default", ResolvedModel: "claude-opus-5-5", DisplayName: "Default (recommended)"},
	{Value: "opus", ResolvedModel: "claude-opus-5-5", DisplayName: "Opus 5.5"},
	{Value: "sonnet", ResolvedModel: "claude-sonnet-5", DisplayName: "Sonnet 5"},
	{Value: "sonnet[1m]", ResolvedModel: "claude-sonnet-5[1m]", DisplayName: "Sonnet 5 (1M context)"},
	{Value: "haiku", ResolvedModel: "claude-haiku-4-5-20251001", DisplayName: "Haiku 4.5"},
}

func TestResolve(t *testing.T) {
	for asked, want := range map[string][2]string{
		"claude-opus-4":             {"opus", "claude-opus-5-5"},
		"claude-sonnet-4":           {"sonnet", "claude-sonnet-5"},
		"claude-haiku-4":            {"haiku", "claude-haiku-4-5-20251001"},
		" Claude-Opus-4 ":           {"opus", "claude-opus-5-5"},
		"opus":                      {"opus", "claude-opus-5-5"},
		"sonnet[1m]":                {"sonnet[1m]", "claude-sonnet-5[1m]"},
		"claude-opus-5-5":           {"opus", "claude-opus-5-5"}, // not "default"
		"claude-haiku-4-5-20251001": {"haiku", "claude-haiku-4-5-20251001"},
		"default":                   {"default", "claude-opus-5-5"},
		"claude-opus-4-1-20250805":  {"claude-opus-4-1-20250805", "claude-opus-4-1-20250805"},
		"us.anthropic.claude-sonnet-4-20250514-v1:0": {"us.anthropic.claude-sonnet-4-20250514-v1:0", "us.anthropic.claude-sonnet-4-20250514-v1:0"},
		"claude-sonnet-4@20250514":                   {"claude-sonnet-4@20250514", "claude-sonnet-4@20250514"},
	} {
		value, id, err := resolve(asked, listed)
		require.Nil(t, err, asked)
		assert.Equal(t, want, [2]string{value, id}, asked)
	}
}

func TestResolveBeforeTheCLIWasLearned(t *testing.T) {
	for _, a := range aliases {
		for _, asked := range []string{a.name, a.family} {
			value, _, err := resolve(asked, nil)
			require.Nil(t, err)
			assert.Equal(t, a.family, value)
		}
	}
}

func TestAnUnknownModelIsRefusedHere(t *testing.T) {
	for _, asked := range []string{"", "gpt-4o", "claude", "opus --bare", "claude-opus-4 --dangerously-skip-permissions", "--model", "claude-\n", "../claude-x", strings.Repeat("ä", 4000)} {
		_, _, err := resolve(asked, listed)
		require.NotNil(t, err, asked)
		assert.Equal(t, conversation.ModelNotFound, err.Kind)
		assert.Equal(t, "model", err.Param)
		assert.Less(t, len(err.Message), 500)
	}
}

func TestModelList(t *testing.T) {
	ids := func(models []conversation.Model) (out []string) {
		for _, m := range models {
			out = append(out, m.ID)
		}
		return out
	}
	assert.Equal(t, []string{"claude-opus-4", "claude-sonnet-4", "claude-haiku-4", "opus", "sonnet", "haiku"}, ids(modelList(nil)))
	all := modelList(listed)
	assert.Equal(t, []string{
		"claude-opus-4", "claude-sonnet-4", "claude-haiku-4", "opus", "sonnet", "haiku",
		"sonnet[1m]", "claude-opus-5-5", "claude-sonnet-5", "claude-sonnet-5[1m]", "claude-haiku-4-5-20251001",
	}, ids(all))
	assert.Equal(t, "Opus 5.5", all[0].Name)
	for _, m := range all {
		_, _, err := resolve(m.ID, listed)
		assert.Nil(t, err, "%s is listed and cannot be used", m.ID)
	}
}
