package claude

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"claude-max-api-proxy/proxy/conversation"
)

// lostTools gives the names of the client's tools that the CLI does not offer to the model:
// what it does not understand it leaves out without a word. One that has no list
// leaves it open.
func (a *answer) lostTools(there []string) (lost []string) {
	if there == nil {
		return nil
	}
	known := map[string]bool{}
	for _, name := range there {
		known[name] = true
	}
	for _, t := range a.offered {
		if !known[t.Name] && !known[formerName[t.Name]] {
			lost = append(lost, t.Name)
		}
	}
	return lost
}

// mostNamed is how many tools an error names.
const mostNamed = 10

// toolsLost is the client's to mend: the same tools would be left out again.
func toolsLost(names []string) *conversation.Error {
	which := strings.Join(names[:min(len(names), mostNamed)], ", ")
	if more := len(names) - mostNamed; more > 0 {
		which += fmt.Sprintf(" and %d more", more)
	}
	return &conversation.Error{
		Kind: conversation.InvalidRequest, Param: "tools",
		Brief:   "The Claude Code CLI did not take all of a request's tools.",
		Message: fmt.Sprintf("The Claude Code CLI did not take these tools, so the model was not asked: %s.", which),
		Hint:    "Look for what is unusual in their parameters, and leave it out; or update the CLI.",
	}
}

// holdable says that the CLI will ask us for the result of each call and do nothing
// else: a call of a tool it does not know, or one whose input is no object, it would
// answer itself, and ask upstream again.
func (a *answer) holdable() bool {
	ids := map[string]bool{}
	for _, call := range a.calls {
		var object map[string]json.RawMessage
		if len(call.Input) > 0 && (json.Unmarshal(call.Input, &object) != nil || object == nil) || ids[call.ID] {
			return false
		}
		if bytes.Contains(call.Input, []byte("__proto__")) {
			return false // the process would lose that member of its own call
		}
		ids[call.ID] = true
	}
	return len(a.calls) > 0 && !a.foreign
}

func (a *answer) callIDs() (ids []string) {
	for _, call := range a.calls {
		ids = append(ids, call.ID)
	}
	return ids
}
