package anthropic

import (
	"fmt"

	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/jsonbody"
)

// readThinking reads whether and how much to think. As at Anthropic, it hangs on the model what
// happens where nothing is said.
//
// https://docs.anthropic.com/en/docs/build-with-claude/extended-thinking
func (r *Request) readThinking(v jsonbody.Value) *conversation.Error {
	const kinds = "enabled, disabled, between_tools or adaptive"
	thinking := &r.conversation.Thinking
	if v.IsNull() {
		thinking.Mode = conversation.ThinkUnasked
		return nil
	}
	if v.Type() != jsonbody.Object {
		return v.Want("an object with a type: " + kinds)
	}
	members := v.Pick("type", "budget_tokens", "display")
	kind := members.Get("type")
	if !members.Get("display").IsNull() {
		r.ignore("thinking.display")
	}
	switch word, _ := kind.Text(); word {
	case "adaptive": // which is what they do
		return nil
	case "disabled", "between_tools": // in its place from Sonnet 5.5 on: as little as there can be
		thinking.Mode = conversation.DoNotThink
		return nil
	case "enabled":
		return r.readBudget(members.Get("budget_tokens"))
	default:
		return kind.WantWord(kinds)
	}
}

// The bounds of a budget: Anthropic's, and more than any model can write.
const (
	leastBudget = 1024
	mostBudget  = 1 << 31
)

// readBudget reads how many tokens the thinking may take, which are some of those of the answer.
func (r *Request) readBudget(v jsonbody.Value) *conversation.Error {
	budget, err := v.Int(leastBudget, mostBudget)
	if err != nil {
		return v.Want(fmt.Sprintf("a whole number of at least %d", leastBudget))
	}
	if most := r.conversation.MaxTokens; most > 0 && budget >= most {
		return v.Invalid(fmt.Sprintf("%s must be less than max_tokens, which is %d: thinking counts as a part of the answer.", v.Path(), most))
	}
	r.conversation.Thinking.Budget = budget
	return nil
}
