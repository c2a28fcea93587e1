package anthropic

import (
	"fmt"
	"iter"

	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/jsonbody"
)

// thinkingPath is where a request says whether to think.
const thinkingPath = "thinking"

// readThinking reads whether and how much to think. The CLI asks for thinking wherever it
// may, so that "adaptive" is what happens anyway. A budget of tokens is none of the things
// that it can be told; the effort that is nearest stands for it, where the request says no
// other. Where the request says both not to think and an effort, it does not think.
func (r *Request) readThinking(v jsonbody.Value) *conversation.Error {
	const kinds = "enabled, disabled or adaptive"
	if v.IsNull() {
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
	case "adaptive":
	case "disabled":
		if r.effort != "" {
			r.ignore(effortPath)
		}
		r.conversation.Effort, r.effort = conversation.NoThinking, thinkingPath
	case "enabled":
		tokens := members.Get("budget_tokens")
		budget, err := tokens.Int(leastBudget, mostBudget)
		if err != nil {
			return tokens.Want(fmt.Sprintf("a whole number of at least %d", leastBudget))
		}
		r.ignore("thinking.budget_tokens")
		if r.effort == "" {
			r.conversation.Effort = effortFor(budget)
		}
	default:
		return kind.WantWord(kinds)
	}
	return nil
}

// The bounds of a budget: Anthropic's, and more than any model can write.
const (
	leastBudget = 1024
	mostBudget  = 1 << 31
)

// effortFor is the effort whose thinking usually stays within a budget. It is never more
// than high, which is what models do when they are told nothing.
func effortFor(budget int) conversation.Effort {
	switch {
	case budget <= 4_096:
		return conversation.LowEffort
	case budget <= 16_384:
		return conversation.MediumEffort
	default:
		return conversation.HighEffort
	}
}

// Named gives an effort that the model cannot make the name of the parameter by which the
// client has asked for it. One that was made out of a budget is named already.
func (r *Request) Named(events iter.Seq2[conversation.Event, error]) iter.Seq2[conversation.Event, error] {
	return func(yield func(conversation.Event, error) bool) {
		for event, err := range events {
			if ignored, ok := event.(conversation.Ignored); ok && ignored.Param == conversation.EffortParam {
				if r.effort == "" {
					continue
				}
				event = conversation.Ignored{Param: r.effort}
			}
			if !yield(event, err) {
				return
			}
		}
	}
}
