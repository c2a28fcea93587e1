package claude

import (
	"cmp"
	"regexp"
	"strconv"
)

// lastUnthinking is the last generation whose models do not think in the Messages API unless
// they are asked to: Opus 4.8, Sonnet 4.6, Haiku 4.5 and all before. Later ones do.
//
// https://platform.claude.com/docs/en/models/sonnet-5-5/migration-guide and
// https://platform.claude.com/docs/en/models/opus-5/migration-guide
const lastUnthinking = 4

// generation finds the first number in a model's id, as in "claude-opus-4-8",
// "claude-3-7-sonnet-20250219" and "us.anthropic.claude-haiku-4-5-20251001-v1:0".
var generation = regexp.MustCompile(`claude-(?:[a-z]+-)?(\d+)`)

// thinksUnasked says whether the model that the CLI knows by that name thinks where nobody has
// said whether it should. One whose id does not tell counts as new.
func (m listedModel) thinksUnasked(value string) bool {
	found := generation.FindStringSubmatch(cmp.Or(m.ResolvedModel, value))
	if found == nil {
		return !m.budgets() // new ones have levels of effort
	}
	n, err := strconv.Atoi(found[1])
	return err != nil || n > lastUnthinking
}
