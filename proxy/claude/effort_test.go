package claude

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"claude-max-api-proxy/proxy/conversation"
)

func TestEffortIsWhatTheModelCan(t *testing.T) {
	yes, no := true, false
	listed := []listedModel{
		{Value: "all", SupportsEffort: true, EffortLevels: levels},
		{Value: "always", SupportsEffort: true, EffortLevels: levels, ThinkingOff: &no},
		{Value: "some", SupportsEffort: true, EffortLevels: []conversation.Effort{"low", "high"}, ThinkingOff: &yes},
		{Value: "none"},
	}
	for _, test := range []struct {
		asked      conversation.Effort
		model      string
		level      conversation.Effort
		noThinking bool
		exact      bool
	}{
		{"", "all", "", false, true},
		{"", "none", "", false, true},
		{"low", "all", "low", false, true},
		{"max", "all", "max", false, true},
		{"none", "all", "", true, true},
		{"none", "some", "", true, true},
		{"none", "none", "", true, true},
		{"none", "always", "low", false, false},
		{"medium", "some", "low", false, false},
		{"max", "some", "high", false, false},
		{"high", "some", "high", false, true},
		{"high", "none", "", false, false},
		{"xhigh", "claude-unlisted", "xhigh", false, true},
		{"none", "claude-unlisted", "", true, true},
	} {
		level, noThinking, exact := effortOf(test.asked, test.model, listed)
		assert.Equal(t, test.level, level, "%v", test)
		assert.Equal(t, test.noThinking, noThinking, "%v", test)
		assert.Equal(t, test.exact, exact, "%v", test)
	}
}
