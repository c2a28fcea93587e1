package claude

import (
	"slices"

	"claude-max-api-proxy/proxy/conversation"
)

// levels are the CLI's own effort levels, in ascending order.
var levels = []conversation.Effort{
	conversation.LowEffort, conversation.MediumEffort, conversation.HighEffort,
	conversation.XHighEffort, conversation.MaxEffort,
}

// effortOf says how the model of that name gets near the effort that is asked for:
// which level to set, "" for the model's own, and whether to switch thinking off.
// exact says that it is what was asked for. A model that the CLI does not list gets
// what was asked, for nobody here knows better.
func effortOf(asked conversation.Effort, value string, listed []listedModel) (level conversation.Effort, noThinking, exact bool) {
	i := slices.IndexFunc(listed, func(m listedModel) bool { return m.Value == value })
	switch {
	case asked == "":
		return "", false, true
	case asked == conversation.NoThinking:
		if i < 0 || listed[i].ThinkingOff == nil || *listed[i].ThinkingOff {
			return "", true, true
		}
		asked = conversation.LowEffort
		level, _ = nearest(asked, listed[i])
		return level, false, false
	case i < 0:
		return asked, false, true
	}
	level, exact = nearest(asked, listed[i])
	return level, false, exact
}

// leastForThinking is how many tokens an answer needs that a model may think of that has to be
// told a budget for it: the CLI makes the budget one less than the answer may have, and
// upstream takes none below 1024. With less than this much beside it, the model could
// think, and say nothing.
const leastForThinking = 4096

// mustNotThink says that upstream would refuse the request from a model that thinks, and that
// this one can be without.
//
//   - A call that has to be made is not thought about.
//   - Models that think to a budget, which are those without effort levels, need room for
//     it, and want to see what they thought before the calls whose results they get.
func mustNotThink(value string, r *conversation.Request, listed []listedModel, t *thoughts) bool {
	i := slices.IndexFunc(listed, func(m listedModel) bool { return m.Value == value })
	if i < 0 || listed[i].ThinkingOff != nil && !*listed[i].ThinkingOff {
		return false
	}
	if mode := r.ToolChoice.Mode; len(r.Tools) > 0 && (mode == conversation.AnyTool || mode == conversation.NamedTool) {
		return true
	}
	if listed[i].SupportsEffort {
		return false
	}
	return r.MaxTokens > 0 && r.MaxTokens < leastForThinking || t.lack(r.Turns)
}

// nearest is the level asked for, or the next lower one that the model has.
func nearest(asked conversation.Effort, m listedModel) (level conversation.Effort, exact bool) {
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
