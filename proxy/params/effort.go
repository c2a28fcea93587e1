package params

import (
	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/jsonbody"
)

// efforts are OpenAI's words for how much to think, and "max" of Anthropic's. There is nothing
// between thinking not at all and a little.
var efforts = map[string]conversation.Effort{
	"minimal": conversation.LowEffort,
	"low":     conversation.LowEffort,
	"medium":  conversation.MediumEffort,
	"high":    conversation.HighEffort,
	"xhigh":   conversation.XHighEffort,
	"max":     conversation.MaxEffort,
}

// ReadEffort reads how much to think, in OpenAI's words. Where nothing is said, models do as usual.
func ReadEffort(r *conversation.Request, v jsonbody.Value) *conversation.Error {
	if v.IsNull() {
		return nil
	}
	word, _ := v.Text()
	if word == "none" {
		r.Thinking.Mode = conversation.DoNotThink
		return nil
	}
	effort, ok := efforts[word]
	if !ok {
		return v.WantWord("none, minimal, low, medium, high, xhigh or max")
	}
	r.Effort = effort
	return nil
}
