package claude

import (
	"fmt"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/proxy/claude/claudetest"
	"claude-max-api-proxy/proxy/conversation"
)

// pids are the processes that reached a stage, in order.
func (s *stage) pids(at claudetest.Stage) (out []int) {
	for _, e := range s.cli.Events() {
		if e.Stage == at {
			out = append(out, e.PID)
		}
	}
	return out
}

func (s *stage) answered(r *conversation.Request) {
	s.t.Helper()
	a := s.ask(s.deadline(), r)
	require.Nil(s.t, a.err)
	require.True(s.t, a.done)
}

func TestTheBoundHoldsAndEverybodyIsServed(t *testing.T) {
	h := hold(t, claudetest.Text)
	s := newStage(t, h.script, func(c *Config) { c.MaxProcesses = 3; c.Spares = 1 }).learned()
	const n = 12
	errs := make(chan *conversation.Error, n)
	for i := range n {
		go func() { errs <- s.ask(s.deadline(), says(fmt.Sprintf("question %d", i))).err }()
	}
	for range 3 {
		h.wait(t)
	}
	s.eventually("the others wait", func(c conversation.ProcessCount) bool { return c.Queued == n-3 && c.Busy == 3 })
	assert.Equal(t, 3, s.cli.Live())
	for i := range n {
		h.release()
		if i < n-3 {
			h.wait(t)
		}
	}
	for range n {
		assert.Nil(t, <-errs)
	}
	assert.Equal(t, 3, s.cli.MostLive())
}

func TestADeadProcessIsReplacedUnnoticed(t *testing.T) {
	t.Run("a spare", func(t *testing.T) {
		s := newStage(t, nil, func(c *Config) { c.Spares = 1 }).learned()
		s.settledWith(2) // the spare, and the process that was learned from
		s.cli.SetScript(once(claudetest.Turn, claudetest.Exit))
		r := says("hello there")
		r.System = []string{"Be brief."}
		a := s.ask(s.deadline(), r)
		require.Nil(t, a.err)
		assert.Equal(t, "hello there", a.text)
		turns := s.pids(claudetest.Turn)
		require.Len(t, turns, 2)
		assert.NotEqual(t, turns[0], turns[1])
	})
	t.Run("a conversation", func(t *testing.T) {
		s := newStage(t, nil, nil).learned()
		s.answered(says("one"))
		s.cli.SetScript(once(claudetest.Turn, claudetest.Exit))
		a := s.ask(s.deadline(), says("one", "one", "two"))
		require.Nil(t, a.err)
		assert.Equal(t, "two", a.text)
		turns := s.pids(claudetest.Turn)
		require.Len(t, turns, 3)
		assert.Len(t, s.cli.Told(turns[2]), 4, "initialize and all three turns were told again")
	})
	t.Run("one that was killed while it waited", func(t *testing.T) {
		s := newStage(t, nil, nil).learned()
		s.answered(says("one"))
		pid := s.pids(claudetest.Turn)[0]
		victim, err := os.FindProcess(pid)
		require.NoError(t, err)
		require.NoError(t, victim.Kill())
		s.answered(says("one", "one", "two"))
		assert.NotEqual(t, pid, s.pids(claudetest.Turn)[1])
	})
}

func TestARequestNeverRunsTwiceUpstream(t *testing.T) {
	for _, at := range []claudetest.Stage{claudetest.Requested, claudetest.Text} {
		t.Run(string(at), func(t *testing.T) {
			s := newStage(t, nil, nil).learned()
			s.answered(says("one"))
			s.cli.SetScript(once(at, claudetest.Exit))
			a := s.ask(s.deadline(), says("one", "one", "two"))
			require.NotNil(t, a.err)
			assert.Equal(t, conversation.CLIFailed, a.err.Kind)
			assert.Equal(t, 2, s.cli.Count(claudetest.Turn), "the first turn and the one that failed")
		})
	}
	t.Run("not even when the line about it is missing", func(t *testing.T) {
		s := newStage(t, nil, nil).learned()
		s.answered(says("one"))
		s.cli.SetScript(func(e claudetest.Event) claudetest.Action {
			switch e.Stage {
			case claudetest.Turn:
				return claudetest.Action{Do: claudetest.Say, Lines: claudetest.Answer("x y")[:1]}
			case claudetest.Told, claudetest.End:
				return claudetest.Action{Do: claudetest.Exit}
			}
			return claudetest.Action{}
		})
		for e := range s.Reply(s.deadline(), says("one", "one", "two")) {
			if _, ok := e.(conversation.Started); ok {
				victim, err := os.FindProcess(s.pids(claudetest.Turn)[1])
				require.NoError(t, err)
				require.NoError(t, victim.Kill())
			}
		}
		assert.Equal(t, 2, s.cli.Count(claudetest.Turn))
	})
}

func TestAConversationGoesOnInItsProcess(t *testing.T) {
	s := newStage(t, nil, nil).learned()
	rehearsed := s.cli.Count(claudetest.Silent)
	s.answered(says("one"))
	s.answered(says("one", "one", "two"))
	s.answered(says("one", "one", "two", "two", "three"))
	turns := s.pids(claudetest.Turn)
	assert.Equal(t, []int{turns[0], turns[0], turns[0]}, turns)
	assert.Equal(t, rehearsed, s.cli.Count(claudetest.Silent), "nothing was told twice")
}

func TestAChangedConversationGetsAnotherProcess(t *testing.T) {
	base := func() *conversation.Request {
		r := says("one", "one", "two")
		r.System = []string{"Be brief."}
		return r
	}
	for name, change := range map[string]func(*conversation.Request){
		"the question": func(r *conversation.Request) { r.Turns[0].Blocks = says("one ").Turns[0].Blocks },
		"the answer":   func(r *conversation.Request) { r.Turns[1].Blocks = says("One").Turns[0].Blocks },
		"the system":   func(r *conversation.Request) { r.System = []string{"Be brief!"} },
		"its parts":    func(r *conversation.Request) { r.System = []string{"Be ", "brief."} },
		"the model":    func(r *conversation.Request) { r.Model = "sonnet" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, nil, nil).learned()
			first := base()
			first.Turns = first.Turns[:1]
			s.answered(first)
			changed := base()
			change(changed)
			s.answered(changed)
			s.answered(base()) // the first process still has it
			turns := s.pids(claudetest.Turn)
			assert.NotEqual(t, turns[0], turns[1])
			assert.Equal(t, turns[0], turns[2])
		})
	}
}

func TestTheLongestBeginningWins(t *testing.T) {
	s := newStage(t, nil, nil).learned()
	s.answered(says("one"))                                             // process A, goes on below
	s.answered(says("one", "one", "two"))                               // A
	s.answered(says("one"))                                             // process B
	s.answered(says("one", "one", "two", "two", "three"))               // A has heard more than B
	s.answered(says("one", "one", "other"))                             // B
	s.answered(says("one", "one", "other", "other", "three", "x", "y")) // B, an answer of somebody else included
	turns := s.pids(claudetest.Turn)
	a, b := turns[0], turns[2]
	assert.NotEqual(t, a, b)
	assert.Equal(t, []int{a, a, b, a, b, b}, turns)
}

func TestTheConversationIdleForLongestMakesRoom(t *testing.T) {
	s := newStage(t, nil, func(c *Config) { c.MaxProcesses = 2 }).learned()
	s.answered(says("a"))
	s.answered(says("b"))
	s.answered(says("a", "a", "more")) // b is the oldest now
	s.answered(says("c"))
	s.answered(says("a", "a", "more", "more", "still there"))
	turns := s.pids(claudetest.Turn)
	assert.Equal(t, turns[0], turns[4])
	starts := s.cli.Count(claudetest.Start)
	s.answered(says("b", "b", "again"))
	assert.Equal(t, starts+1, s.cli.Count(claudetest.Start))
}
