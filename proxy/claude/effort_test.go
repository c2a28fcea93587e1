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

func TestAModelIsToldNotToThinkWhereUpstreamWouldRefuseIt(t *testing.T) {
	yes, no := true, false
	listed := []listedModel{
		{Value: "effort", SupportsEffort: true, ThinkingOff: &yes}, {Value: "always", SupportsEffort: true, ThinkingOff: &no}, {Value: "budget"},
	}
	tools := []conversation.Tool{{Name: "f"}}
	called := func(id string) []conversation.Turn {
		return []conversation.Turn{
			{Role: conversation.User}, {Role: conversation.Assistant, Blocks: []conversation.Block{conversation.ToolUse{ID: id, Name: "f"}}}, {Role: conversation.User},
		}
	}
	var known thoughts
	known.remember([]string{"thought"}, []conversation.Block{conversation.Thinking{Text: "hm"}})
	forced := conversation.ToolChoice{Mode: conversation.AnyTool}
	for _, test := range []struct {
		model   string
		request conversation.Request
		want    bool
	}{
		{"effort", conversation.Request{Tools: tools, ToolChoice: forced}, true},
		{"budget", conversation.Request{Tools: tools, ToolChoice: conversation.ToolChoice{Mode: conversation.NamedTool, Name: "f"}}, true},
		{"always", conversation.Request{Tools: tools, ToolChoice: forced}, false},
		{"unlisted", conversation.Request{Tools: tools, ToolChoice: forced}, false},
		{"effort", conversation.Request{ToolChoice: forced}, false},
		{"effort", conversation.Request{Tools: tools, MaxTokens: 5}, false},
		{"budget", conversation.Request{MaxTokens: 4095}, true},
		{"budget", conversation.Request{MaxTokens: 4096}, false},
		{"budget", conversation.Request{}, false},
		{"budget", conversation.Request{Turns: called("thought")}, false},
		{"budget", conversation.Request{Turns: called("other")}, true},
		{"effort", conversation.Request{Turns: called("other")}, false},
	} {
		assert.Equal(t, test.want, mustNotThink(test.model, &test.request, listed, &known), "%v", test)
	}
}
