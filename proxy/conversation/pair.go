package conversation

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// missingResult stands where the client sent no result: upstream wants one for each
// call.
const missingResult = "(The client sent no result of this call.)"

// Pair brings tool calls and their results into the order that the Messages API
// wants: the results of a turn's calls stand at the beginning of the user's next turn,
// one for each call, in the order of the calls. Clients send them in any order, leave
// some out, and change or repeat ids; so a result belongs to the call of its id, or
// else of one that differs in punctuation or by a suffix, and what is left over belongs
// to the calls that are left over, one after the other. Ids become unique and keep to the characters that upstream takes. The turns
// are normalised ones, and are not changed.
//
// A result that answers no call is the caller's mistake.
func Pair(turns []Turn) ([]Turn, *Orphan) {
	taken := map[string]bool{}
	var out []Turn
	var open []ToolUse  // calls of the turn before, under their new ids
	var asSent []string // their ids as the client knows them
	for _, t := range turns {
		if t.Role == Assistant {
			t, open, asSent = renamed(t, taken)
			out = append(out, t)
			continue
		}
		var results []ToolResult
		var rest []Block
		for _, b := range t.Blocks {
			if r, ok := b.(ToolResult); ok {
				results = append(results, r)
			} else {
				rest = append(rest, b)
			}
		}
		if len(results) > len(open) {
			return nil, orphan(results, asSent)
		}
		out = append(out, Turn{User, append(answers(open, asSent, results), rest...)})
		open, asSent = nil, nil
	}
	return out, nil
}

// renamed gives the turn's calls ids that no other call has.
func renamed(t Turn, taken map[string]bool) (_ Turn, calls []ToolUse, asSent []string) {
	blocks := append([]Block(nil), t.Blocks...)
	for i, b := range blocks {
		call, ok := b.(ToolUse)
		if !ok {
			continue
		}
		asSent = append(asSent, call.ID)
		call.ID = unique(call.ID, taken)
		blocks[i] = call
		calls = append(calls, call)
	}
	return Turn{t.Role, blocks}, calls, asSent
}

func unique(id string, taken map[string]bool) string {
	clean := strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-' {
			return c
		}
		return '_'
	}, id)
	if clean == "" {
		clean = "call"
	}
	// The CLI takes an id of the form "X_2" for a second "X", where there is one, and loses
	// its result: so none of two ids may be the other with a number behind.
	id = clean
	for n := 2; taken[id] || taken[withoutNumber(id)] || taken[id+anyNumber]; n++ {
		id = clean + "r" + strconv.Itoa(n)
	}
	taken[id] = true
	if base := withoutNumber(id); base != id {
		taken[base+anyNumber] = true
	}
	return id
}

// anyNumber marks the ids of which there is one with a number behind. No id has it.
const anyNumber = "_*"

// withoutNumber takes the number off an id like "call_2".
func withoutNumber(id string) string {
	i := strings.LastIndexByte(id, '_')
	if i <= 0 || i == len(id)-1 || strings.Trim(id[i+1:], "0123456789") != "" {
		return id
	}
	return id[:i]
}

// answers gives one result for each call, in the calls' order.
func answers(calls []ToolUse, asSent []string, results []ToolResult) (blocks []Block) {
	of := make([]*ToolResult, len(calls))
	used := make([]bool, len(results))
	assign := func(fits func(call, result int) bool) {
		for r := range results {
			for c := 0; c < len(calls) && !used[r]; c++ {
				if of[c] == nil && fits(c, r) {
					of[c], used[r] = &results[r], true
				}
			}
		}
	}
	assign(func(c, r int) bool { return results[r].ID == asSent[c] })
	assign(func(c, r int) bool { return Letters(results[r].ID) == Letters(asSent[c]) })
	assign(func(c, r int) bool {
		id := Letters(results[r].ID)
		if !strings.HasPrefix(id, Letters(asSent[c])) {
			return false
		}
		for _, other := range asSent { // of call_1 and call_10 the longer one is meant
			if o := Letters(other); len(o) > len(Letters(asSent[c])) && strings.HasPrefix(id, o) {
				return false
			}
		}
		return true
	})
	assign(func(int, int) bool { return true })
	for c, call := range calls {
		result := ToolResult{ID: call.ID, Blocks: []Block{Text{missingResult}}, IsError: true}
		if of[c] != nil {
			result = *of[c]
			result.ID = call.ID
		}
		blocks = append(blocks, result)
	}
	return blocks
}

// Letters are what is left of an id when a client has made it fit for another provider.
func Letters(id string) string {
	return strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' {
			return c
		}
		return -1
	}, id)
}

// Orphan is a tool result that answers no call of the turn before it.
type Orphan struct{ ID string }

func orphan(results []ToolResult, asSent []string) *Orphan {
	for _, r := range results {
		if !slices.Contains(asSent, r.ID) {
			return &Orphan{r.ID}
		}
	}
	return &Orphan{results[len(results)-1].ID}
}

// OfferUsed sees to it that a conversation with tool calls offers tools, as the
// Messages API wants it: some clients leave them out when they want no more calls, a
// summary for instance. They are offered by name alone, and cannot be called.
func (r *Request) OfferUsed() {
	if len(r.Tools) > 0 {
		return
	}
	seen := map[string]bool{}
	for _, t := range r.Turns {
		for _, b := range t.Blocks {
			if call, ok := b.(ToolUse); ok && !seen[call.Name] {
				seen[call.Name] = true
				r.Tools = append(r.Tools, Tool{Name: call.Name, Schema: json.RawMessage(`{"type":"object"}`)})
			}
		}
	}
	if len(r.Tools) > 0 {
		r.ToolChoice = ToolChoice{Mode: NoTool}
	}
}
