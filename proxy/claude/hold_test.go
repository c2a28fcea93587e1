package claude

import (
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/proxy/claude/claudetest"
	"claude-max-api-proxy/proxy/conversation"
)

// caller is a script: the first turn of each process is answered with calls, and then,
// once all results are there, with a text. After the calls it prints what else it is
// told to.
func caller(after []string, ids ...string) func(claudetest.Event) claudetest.Action {
	var mu sync.Mutex
	told := map[int]int{} // results by process
	return func(e claudetest.Event) claudetest.Action {
		mu.Lock()
		defer mu.Unlock()
		switch {
		case e.Stage == claudetest.Requested && !strings.Contains(e.Line, "tool_result") && !strings.Contains(e.Line, "then"):
			return claudetest.Action{Do: claudetest.Say, Lines: append(claudetest.Calls(ids...), after...)}
		case e.Stage == claudetest.Told:
			n := told[e.PID]
			told[e.PID]++
			lines := []string{claudetest.Taken(ids[n])}
			if n == len(ids)-1 {
				lines = append(append(lines, claudetest.Requesting), claudetest.Answer("all done")...)
			}
			return claudetest.Action{Do: claudetest.Say, Lines: lines}
		}
		return claudetest.Action{}
	}
}

// asks is a request that offers the tool "ask".
func asks(text string) *conversation.Request {
	r := says(text)
	r.Tools = []conversation.Tool{{Name: "ask", Schema: json.RawMessage(`{"type":"object"}`)}}
	return r
}

// withResults is the request after the client has run the calls.
func withResults(r *conversation.Request, ids []string, more ...conversation.Block) *conversation.Request {
	next := *r
	var calls, results []conversation.Block
	for _, id := range ids {
		calls = append(calls, conversation.ToolUse{ID: id, Name: "ask", Input: json.RawMessage(`{}`)})
		results = append(results, conversation.ToolResult{ID: id, Blocks: []conversation.Block{conversation.Text{Text: "result of " + id}}})
	}
	next.Turns = append(slices.Clone(r.Turns),
		conversation.Turn{Role: conversation.Assistant, Blocks: calls},
		conversation.Turn{Role: conversation.User, Blocks: append(results, more...)})
	return &next
}

func TestResultsGoToTheProcessThatAskedInTheOrderOfTheCalls(t *testing.T) {
	ids := []string{"toolu_1", "toolu_2", "toolu_3"}
	s := newStage(t, caller(nil, ids...), nil).learned()
	q := asks("hello")
	s.answered(q)
	assert.Equal(t, 1, s.pool.count().Idle, "it waits")
	a := s.ask(s.deadline(), withResults(q, ids))
	require.Nil(t, a.err)
	assert.Equal(t, "all done", a.text)
	turns := s.pids(claudetest.Turn)
	require.Len(t, turns, 1, "the results are no turn of their own")
	var told []string
	for _, line := range s.cli.Told(turns[0]) {
		if strings.Contains(line, "control_response") && strings.Contains(line, "result of") {
			told = append(told, line)
		}
	}
	require.Len(t, told, 3)
	for i, id := range ids {
		assert.Contains(t, told[i], "result of "+id)
		assert.Contains(t, told[i], `"request_id":"own-`+id+`"`)
	}
	// And on, in the same process.
	on := withResults(q, ids)
	on.Turns = append(on.Turns, says("", "all done", "then?").Turns[1:]...)
	a = s.ask(s.deadline(), on)
	require.Nil(t, a.err)
	assert.Equal(t, "then?", a.text)
	assert.Equal(t, []int{turns[0], turns[0]}, s.pids(claudetest.Turn))
}

// TestAProcessThatAsksUpstreamByItselfIsEnded: nobody has asked for that, and it costs.
func TestAProcessThatAsksUpstreamByItselfIsEnded(t *testing.T) {
	s := newStage(t, caller([]string{claudetest.Requesting}, "toolu_1"), nil).learned()
	q := asks("hello")
	s.answered(q)
	s.eventually("the process is gone", func(c conversation.ProcessCount) bool { return c.Idle+c.Busy == 0 })
	a := s.ask(s.deadline(), withResults(q, []string{"toolu_1"}))
	require.Nil(t, a.err)
	assert.Len(t, s.pids(claudetest.Turn), 2)
}

func TestAProcessThatDiesWhileItWaitsIsReplaced(t *testing.T) {
	die := once(claudetest.Told, claudetest.Exit)
	script := caller(nil, "toolu_1")
	s := newStage(t, func(e claudetest.Event) claudetest.Action {
		if a := die(e); a.Do != "" {
			return a
		}
		return script(e)
	}, nil).learned()
	q := asks("hello")
	s.answered(q)
	s.answered(withResults(q, []string{"toolu_1"}))
	turns := s.pids(claudetest.Turn)
	require.Len(t, turns, 2)
	assert.NotEqual(t, turns[0], turns[1])
}

// TestAWaitThatCannotEndIsGivenUp: the conversation went on in another form, so the
// process will never get its results.
func TestAWaitThatCannotEndIsGivenUp(t *testing.T) {
	s := newStage(t, caller(nil, "toolu_1"), nil).learned()
	q := asks("hello")
	s.answered(q)
	s.answered(withResults(q, []string{"toolu_1"}, conversation.Text{Text: "and hurry"}))
	turns := s.pids(claudetest.Turn)
	require.Len(t, turns, 2)
	assert.NotEqual(t, turns[0], turns[1])
	s.eventually("one process is left", func(c conversation.ProcessCount) bool { return c.Idle == 1 && s.cli.Live() == 1+c.Warm })
}

func TestOtherParametersThanAtTheCallAreNotTakenUpByAProcessThatWaits(t *testing.T) {
	s := newStage(t, caller(nil, "toolu_1"), nil).learned()
	q := asks("hello")
	s.answered(q)
	next := withResults(q, []string{"toolu_1"})
	next.MaxTokens = 7
	s.answered(next)
	assert.Len(t, s.pids(claudetest.Turn), 2)
}

func TestProcessesThatWaitLeaveRoomForOthers(t *testing.T) {
	s := newStage(t, caller(nil, "toolu_1"), func(c *Config) { c.MaxProcesses = 4 }).learned()
	var all []*conversation.Request
	for _, text := range []string{"a", "b", "c", "d"} {
		q := asks(text)
		s.answered(q)
		all = append(all, withResults(q, []string{"toolu_1"}))
	}
	s.eventually("two wait", func(c conversation.ProcessCount) bool { return c.Idle == 2 && s.cli.Live() == 2+c.Warm })
	for _, next := range all {
		s.answered(next)
	}
}

func TestAClientWhoseCallsAreWaitedForInVainIsNotWaitedForForEver(t *testing.T) {
	var h holds
	one, other := fingerprint{1}, fingerprint{2}
	waits := func(offer fingerprint, resumed bool) {
		h.ended(&session{held: &heldCalls{offer: offer}}, resumed)
	}
	assert.True(t, h.worth(one))
	waits(one, false)
	assert.True(t, h.worth(one), "once may be chance")
	waits(one, false)
	assert.False(t, h.worth(one))
	assert.True(t, h.worth(other), "another client is another matter")
	tries := 0
	for range 2 * anotherTry {
		if h.worth(one) {
			tries++
		}
	}
	assert.Equal(t, 2, tries, "clients are updated")
	waits(one, true)
	assert.True(t, h.worth(one), "it has gone on")
	for i := range 3 * mostOffers {
		waits(fingerprint{byte(i), byte(i >> 8), 3}, false)
	}
	assert.LessOrEqual(t, len(h.vain), mostOffers)
}

func TestOnlyCallsThatTheProcessKeepsAsTheyAreAreHeld(t *testing.T) {
	call := func(id, input string) conversation.ToolUse {
		return conversation.ToolUse{ID: id, Name: "f", Input: json.RawMessage(input)}
	}
	for _, test := range []struct {
		calls []conversation.ToolUse
		want  bool
	}{
		{nil, false},
		{[]conversation.ToolUse{call("1", `{"a":1}`), call("2", "")}, true},
		{[]conversation.ToolUse{call("1", `{}`), call("1", `{}`)}, false},
		{[]conversation.ToolUse{call("1", `[1]`)}, false},
		{[]conversation.ToolUse{call("1", `null`)}, false},
		{[]conversation.ToolUse{call("1", `{"__proto__":1}`)}, false},
	} {
		a := answer{calls: test.calls}
		assert.Equal(t, test.want, a.holdable(), "%s", test.calls)
	}
	foreign := answer{calls: []conversation.ToolUse{call("1", `{}`)}, foreign: true}
	assert.False(t, foreign.holdable(), "a tool that the CLI does not know")
}
