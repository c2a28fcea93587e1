package params_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"claude-max-api-proxy/proxy/params"
)

func TestProviderPrefixesAreTakenOff(t *testing.T) {
	for given, want := range map[string]string{
		"claude-opus-4":                   "claude-opus-4",
		"openai/claude-opus-4":            "claude-opus-4",
		"anthropic/claude-opus-4":         "claude-opus-4",
		"claude-code-cli/opus":            "opus",
		"claude-max/opus":                 "opus",
		"claude-proxy/opus":               "opus",
		"OpenAI/Claude-Proxy/openai/opus": "opus",
		"somebody/opus":                   "somebody/opus",
		"us.anthropic/claude":             "us.anthropic/claude",
		"openai":                          "openai",
		"openai/":                         "",
		"":                                "",
	} {
		assert.Equal(t, want, params.StripPrefix(given), given)
	}
}
