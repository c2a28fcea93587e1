package params

import (
	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/jsonbody"
)

// efforts are OpenAI's values of reasoning_effort, and "max" of Anthropic's. There is
// nothing between thinking not at all and a little.
var efforts = map[string]conversation.Effort{
	"none":    conversation.NoThinking,
	"minimal": conversation.LowEffort,
	"low":     conversation.LowEffort,
	"medium":  conversation.MediumEffort,
	"high":    conversation.HighEffort,
	"xhigh":   conversation.XHighEffort,
	"max":     conversation.MaxEffort,
}

// Effort reads how much to think; "" where nothing is said.
func Effort(v jsonbody.Value) (conversation.Effort, *conversation.Error) {
	const what = "none, minimal, low, medium, high, xhigh or max"
	if v.IsNull() {
		return "", nil
	}
	word, _ := v.Text()
	effort, ok := efforts[word]
	if !ok {
		return "", v.WantWord(what)
	}
	return effort, nil
}
