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
		{Value: "old", ResolvedModel: "claude-opus-4-8", SupportsEffort: true, EffortLevels: levels},
		{Value: "new", ResolvedModel: "claude-sonnet-5", SupportsEffort: true, EffortLevels: levels, ThinkingOff: &yes},
	}
	const (
		usual   = conversation.ThinkAsUsual
		not     = conversation.DoNotThink
		unasked = conversation.ThinkUnasked
	)
	effort, thinking, budget := conversation.EffortParam, conversation.ThinkingParam, conversation.BudgetParam
	for _, test := range []struct {
		mode    conversation.ThinkingMode
		budget  int
		asked   conversation.Effort
		model   string
		want    deliberation
		ignored []string
	}{
		{usual, 0, "", "all", deliberation{}, nil},
		{usual, 0, "", "none", deliberation{}, nil},
		{usual, 0, "low", "all", deliberation{"low", ""}, nil},
		{usual, 0, "max", "all", deliberation{"max", ""}, nil},
		{usual, 0, "medium", "some", deliberation{"low", ""}, []string{effort}},
		{usual, 0, "max", "some", deliberation{"high", ""}, []string{effort}},
		{usual, 0, "high", "some", deliberation{"high", ""}, nil},
		{usual, 0, "high", "none", deliberation{}, []string{effort}},
		{usual, 0, "xhigh", "claude-unlisted", deliberation{"xhigh", ""}, nil},

		{not, 0, "", "all", deliberation{"", "0"}, nil},
		{not, 0, "", "some", deliberation{"", "0"}, nil},
		{not, 0, "", "none", deliberation{"", "0"}, nil},
		{not, 0, "max", "all", deliberation{"max", "0"}, nil},
		{not, 0, "", "claude-unlisted", deliberation{"", "0"}, nil},
		{not, 0, "", "always", deliberation{"low", ""}, []string{thinking}},
		{not, 0, "max", "always", deliberation{"max", ""}, []string{thinking}},

		{unasked, 0, "", "old", deliberation{"", "0"}, nil},
		{unasked, 0, "high", "old", deliberation{"high", "0"}, nil},
		{unasked, 0, "", "new", deliberation{}, nil},
		{unasked, 0, "high", "new", deliberation{"high", ""}, nil},
		{unasked, 0, "", "none", deliberation{"", "0"}, nil},
		{unasked, 0, "", "all", deliberation{}, nil},
		{unasked, 0, "", "always", deliberation{}, nil},
		{unasked, 0, "", "claude-sonnet-4-6", deliberation{"", "0"}, nil},
		{unasked, 0, "", "claude-opus-5", deliberation{}, nil},

		{usual, 2000, "", "none", deliberation{"", "2000"}, nil},
		{usual, 2000, "", "all", deliberation{"low", "2000"}, []string{budget}},
		{usual, 10_000, "", "some", deliberation{"low", "10000"}, []string{budget}},
		{usual, 32_000, "", "all", deliberation{"high", "32000"}, []string{budget}},
		{usual, 2000, "max", "all", deliberation{"max", "2000"}, []string{budget}},
		{usual, 2000, "", "claude-unlisted", deliberation{"low", "2000"}, nil},
	} {
		r := conversation.Request{Effort: test.asked, Thinking: conversation.ThinkingConfig{Mode: test.mode, Budget: test.budget}}
		got, ignored := deliberationOf(test.model, &r, listed, &thoughts{})
		assert.Equal(t, test.want, got, "%v", test)
		assert.Equal(t, test.ignored, ignored, "%v", test)
	}
}

// As in Anthropic's API: a program that was written for one of the old models gets what it
// got there, and so does one for the new.
func TestNewModelsThinkUnasked(t *testing.T) {
	for id, want := range map[string]bool{
		"claude-opus-4-8": false, "claude-opus-4-20250514": false, "claude-sonnet-4-6[1m]": false, "claude-haiku-4-5-20251001": false,
		"claude-3-7-sonnet-20250219": false, "us.anthropic.claude-opus-4-6-v1:0": false, "claude-haiku-4-5@20251001": false, "claude-2.1": false,

		"claude-opus-5": true, "claude-sonnet-5": true, "claude-sonnet-5-5": true, "claude-haiku-5-5": true, "claude-opus-5-5[1m]": true,
		"anthropic.claude-fable-5-1": true, "claude-opus-10": true, "claude-99999999999999999999": true,

		"opus": true, "claude-mythos-preview": true, "stand-in-opus": true,
	} {
		assert.Equal(t, want, listedModel{}.thinksUnasked(id), id)
		listed := listedModel{Value: "alias", ResolvedModel: id, SupportsEffort: true}
		assert.Equal(t, want, listed.thinksUnasked("alias"), id)
	}
	assert.False(t, listedModel{Value: "haiku"}.thinksUnasked("haiku"), "old CLIs do not say which model it is, but that it has no effort")
}

// Not even by a model that the CLI does not list, of which nobody knows whether it can be without.
func TestACallThatHasToBeMadeIsNotThoughtAboutUnasked(t *testing.T) {
	r := conversation.Request{
		Thinking: conversation.ThinkingConfig{Mode: conversation.ThinkUnasked},
		Tools:    []conversation.Tool{{Name: "f"}}, ToolChoice: conversation.ToolChoice{Mode: conversation.AnyTool},
	}
	got, ignored := deliberationOf("claude-opus-5", &r, nil, &thoughts{})
	assert.Equal(t, deliberation{"", "0"}, got)
	assert.Empty(t, ignored)
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
		{"claude-haiku-4-5", conversation.Request{Tools: tools, ToolChoice: forced}, true},
		{"effort", conversation.Request{ToolChoice: forced}, false},
		{"effort", conversation.Request{Tools: tools, MaxTokens: 5}, false},
		{"budget", conversation.Request{MaxTokens: 4095}, true},
		{"budget", conversation.Request{MaxTokens: 4096}, false},
		{"budget", conversation.Request{MaxTokens: 2000, Thinking: conversation.ThinkingConfig{Budget: 1024}}, false},
		{"budget", conversation.Request{}, false},
		{"budget", conversation.Request{Turns: called("thought")}, false},
		{"budget", conversation.Request{Turns: called("other")}, true},
		{"effort", conversation.Request{Turns: called("other")}, false},
	} {
		m, _ := lookUp(test.model, listed)
		assert.Equal(t, test.want, m.mustNotThink(test.model, &test.request, &known), "%v", test)
	}
}
