package conversation

import (
	"encoding/json"
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
	ids := newIDs()
	var out []Turn
	var open []ToolUse  // calls of the turn before, under their new ids
	var asSent []string // their ids as the client knows them
	for _, t := range turns {
		if t.Role == Assistant {
			t, open, asSent = renamed(t, ids)
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
func renamed(t Turn, ids ids) (_ Turn, calls []ToolUse, asSent []string) {
	blocks := append([]Block(nil), t.Blocks...)
	for i, b := range blocks {
		call, ok := b.(ToolUse)
		if !ok {
			continue
		}
		asSent = append(asSent, call.ID)
		call.ID = ids.unique(call.ID)
		blocks[i] = call
		calls = append(calls, call)
	}
	return Turn{t.Role, blocks}, calls, asSent
}

// ids are those that calls have by now.
type ids struct {
	taken map[string]bool
	next  map[string]int // the number that an id may get behind it, when it is taken
}

func newIDs() ids { return ids{map[string]bool{}, map[string]int{}} }

func (t ids) unique(id string) string {
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
	n := max(t.next[clean], 2)
	for ; t.taken[id] || t.taken[withoutNumber(id)] || t.taken[id+anyNumber]; n++ {
		id = clean + "r" + strconv.Itoa(n)
	}
	t.next[clean] = n
	t.taken[id] = true
	if base := withoutNumber(id); base != id {
		t.taken[base+anyNumber] = true
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
	// assign gives each result that has no call yet the first of those in a group that have no
	// result.
	assign := func(groups map[string][]int, group func(id string) (string, bool)) {
		for r := range results {
			name, ok := group(results[r].ID)
			rest := groups[name]
			if used[r] || !ok || len(rest) == 0 {
				continue
			}
			for len(rest) > 0 && of[rest[0]] != nil {
				rest = rest[1:]
			}
			if len(rest) > 0 {
				of[rest[0]], used[r] = &results[r], true
				rest = rest[1:]
			}
			groups[name] = rest
		}
	}
	byID, byLetters, all := map[string][]int{}, map[string][]int{}, map[string][]int{}
	for c, id := range asSent {
		byID[id] = append(byID[id], c)
		byLetters[Letters(id)] = append(byLetters[Letters(id)], c)
		all[""] = append(all[""], c)
	}
	assign(byID, func(id string) (string, bool) { return id, true })
	assign(byLetters, func(id string) (string, bool) { return Letters(id), true })
	assign(byLetters, func(id string) (string, bool) { return longestPrefix(byLetters, Letters(id)) })
	assign(all, func(string) (string, bool) { return "", true })
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

// longestPrefix is the group that a name begins with: of call1 and call10, the longer one is
// meant by call10x.
func longestPrefix(groups map[string][]int, name string) (string, bool) {
	const longest = 512 // bytes; who has changed a longer id is not looked for
	for n := min(len(name), longest); n >= 0; n-- {
		if _, ok := groups[name[:n]]; ok {
			return name[:n], true
		}
	}
	return "", false
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
	sent := map[string]bool{}
	for _, id := range asSent {
		sent[id] = true
	}
	for _, r := range results {
		if !sent[r.ID] {
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
