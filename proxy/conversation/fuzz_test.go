package conversation

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var plainID = regexp.MustCompile(`\A[a-zA-Z0-9_-]+\z`)

// rounds reads turns from a text: a line for the ids of the calls of an answer, then
// one for those of their results, and so on; blanks part the ids.
func rounds(text string) (turns []Turn, all []string) {
	ids := func(line string) []string {
		if line == "" {
			return nil
		}
		return strings.Split(line, " ")
	}
	lines := strings.Split(text, "\n")
	for i := 0; i+1 < len(lines) && i < 16; i += 2 {
		turns = append(turns, Turn{Assistant, append([]Block{Text{"Hm."}}, calls(ids(lines[i])...).Blocks...)})
		answers := Turn{Role: User}
		for j, id := range ids(lines[i+1]) {
			text := fmt.Sprintf("result %d of round %d", j, i)
			answers.Blocks = append(answers.Blocks, ToolResult{ID: id, Blocks: []Block{Text{text}}})
			all = append(all, text)
		}
		turns = append(turns, Turn{User, append(answers.Blocks, Text{"Go on."})})
	}
	return turns, all
}

// FuzzEachCallGetsOneResult: whatever ids there are, each call has one result behind
// it, in order, under an id that is its own, and no result is lost or told twice. One
// whose id stands for a single call belongs to that.
func FuzzEachCallGetsOneResult(f *testing.F) {
	for _, seed := range []string{
		"a b\nb a\n", "a a\na a\n", "call_1 call_10\ncall_10 call_1\n", "call_1 call_1_2\ncall_1_2\n", "a:1 a_1\na-1\n",
		"toolu_1\ntoolu1_suffix\ntoolu_1\ntoolu_1\n", "\n\n", "ä ö\nö ä\n", "a\x00b\n\u2028\n", " \n \n", "a\nb c\n", "a_2 a a_3\na a a\n", "x_1r2 x_1 x_1\nx_1\n",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		turns, all := rounds(text)
		before := fmt.Sprint(turns)
		got, orphan := Pair(turns)
		require.Equal(t, before, fmt.Sprint(turns), "the turns were changed")
		if orphan != nil {
			return
		}
		require.Len(t, got, len(turns), "turns")
		seen := map[string]bool{}
		var told []string
		for i := 0; i < len(got); i += 2 {
			var want, sent []string
			for j, b := range got[i].Blocks {
				if call, ok := b.(ToolUse); ok {
					require.Regexp(t, plainID, call.ID)
					require.False(t, seen[call.ID], "%q stands for two calls", call.ID)
					seen[call.ID] = true
					want, sent = append(want, call.ID), append(sent, turns[i].Blocks[j].(ToolUse).ID)
				}
			}
			var have []string
			for _, b := range got[i+1].Blocks {
				r, ok := b.(ToolResult)
				if !ok {
					continue
				}
				have = append(have, r.ID)
				text := r.Blocks[0].(Text).Text
				if r.IsError {
					require.Equal(t, missingResult, text)
					continue
				}
				told = append(told, text)
				id := idOf(turns[i+1], text)
				if call := slices.Index(sent, id); call >= 0 && times(sent, id) == 1 && resultsOf(turns[i+1], id) == 1 {
					require.Equal(t, want[call], r.ID, "the result of %q", id)
				}
			}
			require.Equal(t, want, have, "round %d", i/2)
		}
		slices.Sort(told)
		slices.Sort(all)
		require.Equal(t, all, told)
		for id := range seen {
			if base := withoutNumber(id); base != id {
				require.False(t, seen[base], "the CLI takes %q for a second %q", id, base)
			}
		}
	})
}

func idOf(t Turn, text string) string {
	for _, b := range t.Blocks {
		if r, ok := b.(ToolResult); ok && r.Blocks[0].(Text).Text == text {
			return r.ID
		}
	}
	return ""
}

func times(ids []string, id string) (n int) {
	for _, other := range ids {
		if other == id {
			n++
		}
	}
	return n
}

// resultsOf counts the results of that id.
func resultsOf(t Turn, id string) (n int) {
	for _, b := range t.Blocks {
		if r, ok := b.(ToolResult); ok && r.ID == id {
			n++
		}
	}
	return n
}
