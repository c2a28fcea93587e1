package claude

import (
	"cmp"
	"slices"
	"strconv"

	"claude-max-api-proxy/proxy/conversation"
)

// levels are the CLI's own effort levels, in ascending order.
var levels = []conversation.Effort{
	conversation.LowEffort, conversation.MediumEffort, conversation.HighEffort,
	conversation.XHighEffort, conversation.MaxEffort,
}

// deliberation is how the CLI is told to think.
type deliberation struct {
	effort conversation.Effort // "" leaves it to the CLI
	tokens string              // how many it may take; "0" for no thinking, "" leaves it to the CLI
}

// deliberationOf gets as near to what the request asks as the model can that the CLI knows by
// that name. ignored are the parameters that it cannot honour. A model that the CLI does not
// list gets what was asked, for nobody here knows better.
func deliberationOf(value string, r *conversation.Request, listed []listedModel, t *thoughts) (d deliberation, ignored []string) {
	m, known := lookUp(value, listed)
	asked, budget, mode := r.Effort, r.Thinking.Budget, r.Thinking.Mode
	if mode == conversation.ThinkUnasked && m.thinksUnasked(value) && !mustCall(r) {
		mode = conversation.ThinkAsUsual
	}
	switch {
	case mode == conversation.ThinkAsUsual && m.mustNotThink(value, r, t), mode != conversation.ThinkAsUsual && m.canDoWithout():
		d.tokens = "0"
	case mode == conversation.DoNotThink:
		ignored = append(ignored, conversation.ThinkingParam)
		asked = cmp.Or(asked, conversation.LowEffort)
	case budget > 0:
		d.tokens = strconv.Itoa(budget)
		if !m.budgets() {
			asked = cmp.Or(asked, effortFor(budget))
		}
	}
	if budget > 0 && (d.tokens == "0" || m.SupportsEffort) {
		ignored = append(ignored, conversation.BudgetParam)
	}
	exact := true
	if d.effort = asked; known && asked != "" {
		d.effort, exact = m.nearest(asked)
	}
	if !exact && r.Effort != "" {
		ignored = append(ignored, conversation.EffortParam)
	}
	return d, ignored
}

// lookUp gives what the CLI says about a model; nothing about one that it does not list.
func lookUp(value string, listed []listedModel) (m listedModel, known bool) {
	if i := slices.IndexFunc(listed, func(m listedModel) bool { return m.Value == value }); i >= 0 {
		return listed[i], true
	}
	return listedModel{}, false
}

// canDoWithout says whether the model can answer without thinking. CLIs that do not tell have no
// others.
func (m listedModel) canDoWithout() bool { return m.ThinkingOff == nil || *m.ThinkingOff }

// budgets says whether the model thinks to a budget of tokens: those do that have no levels of effort.
func (m listedModel) budgets() bool { return m.Value != "" && !m.SupportsEffort }

// leastForThinking is how many tokens an answer needs that a model may think of that has to be
// told a budget for it, where the client has named none: the CLI makes the budget one less than
// the answer may have, and upstream takes none below 1024. With less than this much beside it,
// the model could think, and say nothing.
const leastForThinking = 4096

// mustNotThink says that upstream would refuse the request from a model that thinks, and that
// this one can be without.
//
//   - A call that has to be made is not thought about. That holds for old models that the CLI
//     does not list, too; of new ones nobody knows.
//   - Models that think to a budget need room for it, and want to see what they thought before
//     the calls whose results they get.
func (m listedModel) mustNotThink(value string, r *conversation.Request, t *thoughts) bool {
	listed := m.Value != ""
	if mustCall(r) {
		return m.canDoWithout() && (listed || !m.thinksUnasked(value))
	}
	if !m.canDoWithout() || !m.budgets() {
		return false
	}
	return r.Thinking.Budget == 0 && r.MaxTokens > 0 && r.MaxTokens < leastForThinking || t.lack(r.Turns)
}

// mustCall says that the answer has to be a call.
func mustCall(r *conversation.Request) bool {
	mode := r.ToolChoice.Mode
	return len(r.Tools) > 0 && (mode == conversation.AnyTool || mode == conversation.NamedTool)
}

// nearest is the level asked for, or the next lower one that the model has; "" for none.
func (m listedModel) nearest(asked conversation.Effort) (level conversation.Effort, exact bool) {
	if !m.SupportsEffort {
		return "", false
	}
	for _, l := range slices.Backward(levels[:slices.Index(levels, asked)+1]) {
		if slices.Contains(m.EffortLevels, l) {
			return l, l == asked
		}
	}
	return "", false
}

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
