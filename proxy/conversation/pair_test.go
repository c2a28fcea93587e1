package conversation

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func calls(ids ...string) Turn {
	t := Turn{Role: Assistant}
	for i, id := range ids {
		t.Blocks = append(t.Blocks, ToolUse{ID: id, Name: fmt.Sprintf("tool%d", i), Input: []byte(`{}`)})
	}
	return t
}

func results(ids ...string) Turn {
	t := Turn{Role: User}
	for _, id := range ids {
		t.Blocks = append(t.Blocks, ToolResult{ID: id, Blocks: []Block{Text{"of " + id}}})
	}
	return t
}

// told gives "call←result" for each call.
func told(turns []Turn) (out []string) {
	for _, t := range turns {
		for _, b := range t.Blocks {
			switch b := b.(type) {
			case ToolUse:
				out = append(out, b.ID)
			case ToolResult:
				out = append(out, b.ID+"←"+Turn{Blocks: b.Blocks}.PlainText())
			}
		}
	}
	return out
}

func TestResultsFindTheirCalls(t *testing.T) {
	const none = missingResult
	for name, c := range map[string]struct {
		turns []Turn
		want  []string
	}{
		"as they are":            {[]Turn{calls("a", "b"), results("a", "b")}, []string{"a", "b", "a←of a", "b←of b"}},
		"out of order":           {[]Turn{calls("a", "b"), results("b", "a")}, []string{"a", "b", "a←of a", "b←of b"}},
		"ids changed":            {[]Turn{calls("call_1", "call_2"), results("call1", "call2")}, []string{"call_1", "call_2", "call_1←of call1", "call_2←of call2"}},
		"changed and mixed":      {[]Turn{calls("call_1", "call_1", "call:3"), results("call3", "call_1", "call_1_2")}, []string{"call_1", "call_1r2", "call_3", "call_1←of call_1", "call_1r2←of call_1_2", "call_3←of call3"}},
		"one changed, one not":   {[]Turn{calls("a", "b"), results("x", "a")}, []string{"a", "b", "a←of a", "b←of x"}},
		"one missing":            {[]Turn{calls("a", "b"), results("b")}, []string{"a", "b", "a←" + none, "b←of b"}},
		"all missing":            {[]Turn{calls("a"), {User, []Block{Text{"Hi"}}}}, []string{"a", "a←" + none}},
		"one id twice in a turn": {[]Turn{calls("a", "a"), results("a", "a")}, []string{"a", "ar2", "a←of a", "ar2←of a"}},
		"one id in two turns":    {[]Turn{calls("a"), results("a"), calls("a"), results("a")}, []string{"a", "a←of a", "ar2", "ar2←of a"}},
		"one id begins another":  {[]Turn{calls("call_1", "call_10"), results("call_10_s", "call_1_s")}, []string{"call_1", "call_10", "call_1←of call_1_s", "call_10←of call_10_s"}},
		"one is a second other":  {[]Turn{calls("x", "x_2"), results("x", "x_2"), calls("y_3"), results("y_3"), calls("y"), results("y")}, []string{"x", "x_2r2", "x←of x", "x_2r2←of x_2", "y_3", "y_3←of y_3", "yr2", "yr2←of y"}},
		"odd characters":         {[]Turn{calls("call:1.2", "")}, []string{"call_1_2", "call"}},
	} {
		got, err := Pair(c.turns)
		require.Nil(t, err, name)
		assert.Equal(t, c.want, told(got), name)
	}
}

func TestResultsStandBeforeWhatTheUserSays(t *testing.T) {
	got, err := Pair([]Turn{calls("a"), {User, []Block{Text{"before"}, ToolResult{ID: "a"}, Text{"after"}}}})
	require.Nil(t, err)
	assert.Equal(t, []Block{ToolResult{ID: "a"}, Text{"before"}, Text{"after"}}, got[1].Blocks)
}

func TestAResultWithoutACallIsAMistake(t *testing.T) {
	for _, turns := range [][]Turn{
		{results("a")},
		{calls("a"), results("a", "b")},
		{calls("a"), results("a"), {Assistant, []Block{Text{"Hi"}}}, results("b")},
	} {
		_, orphan := Pair(turns)
		assert.NotNil(t, orphan)
	}
}

func TestPairingLosesNothingAndLeavesNoCallOpen(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.SampledFrom([]string{"a", "b", "a:1", "call_1", ""})
		var turns []Turn
		sent := 0
		for range rapid.IntRange(1, 4).Draw(t, "rounds") {
			ids := rapid.SliceOfN(id, 0, 4).Draw(t, "calls")
			turns = append(turns, Turn{Assistant, append([]Block{Text{"Hm."}}, calls(ids...).Blocks...)})
			answers := results(rapid.SliceOfN(id, 0, len(ids)).Draw(t, "results")...)
			sent += len(answers.Blocks)
			turns = append(turns, Turn{User, append(answers.Blocks, Text{"Go on."})})
		}
		got, err := Pair(turns)
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		received := 0
		for i, turn := range got {
			var want []string
			if turn.Role == Assistant {
				continue
			}
			for _, b := range got[i-1].Blocks {
				if call, ok := b.(ToolUse); ok {
					if seen[call.ID] {
						t.Fatalf("%q stands for two calls", call.ID)
					}
					seen[call.ID] = true
					want = append(want, call.ID)
				}
			}
			var have []string
			for _, b := range turn.Blocks {
				if r, ok := b.(ToolResult); ok {
					have = append(have, r.ID)
					if !r.IsError {
						received++
					}
				}
			}
			if fmt.Sprint(want) != fmt.Sprint(have) {
				t.Fatalf("calls %q have results %q", want, have)
			}
		}
		if received != sent {
			t.Fatalf("%d results of %d arrived", received, sent)
		}
	})
}

// TestManyCallsTakeNoLonger: what a client repeats costs it no more than what it does not. With
// each result compared to each call this would take hours.
func TestManyCallsTakeNoLonger(t *testing.T) {
	many := 100_000
	if testing.Short() {
		many = 10_000
	}
	same, mixed := make([]string, many), make([]string, many)
	for i := range many {
		same[i], mixed[i] = "a", "abc"
	}
	turns, orphan := Pair([]Turn{calls(same...), results(mixed...), calls(same...), results(same...)})
	require.Nil(t, orphan)
	assert.Len(t, turns[3].Blocks, many)

	var pondering []Turn
	for range many {
		pondering = append(pondering, turn(User, "a"), Turn{Assistant, []Block{Thinking{Signature: "s"}}})
	}
	assert.Len(t, Normalize(pondering), 1)
}
