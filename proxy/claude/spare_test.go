package claude

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"claude-max-api-proxy/proxy/claude/claudetest"
	"claude-max-api-proxy/proxy/conversation"
)

func TestSparesAreStartedOneAtATime(t *testing.T) {
	s := newStage(t, nil, nil).learned()
	h := hold(t, claudetest.Version)
	s.cli.SetScript(h.script)
	s.pool.mu.Lock()
	s.pool.config.Spares = 3
	s.pool.mu.Unlock()
	s.answered(says("hello"))
	for i := range 4 { // the last is prepared for the conversation that may come
		h.wait(t)
		c := s.pool.count()
		assert.Equal(t, 1, c.Starting)
		assert.Equal(t, i, c.Warm)
		h.release()
	}
	s.eventually("all of them", func(c conversation.ProcessCount) bool { return c.Warm == 4 && c.Starting == 0 })
}

func TestASpareAnswersTheNextRequest(t *testing.T) {
	s := newStage(t, nil, func(c *Config) { c.Spares = 1 }).learned()
	s.eventually("a spare, and the process that was learned from", func(c conversation.ProcessCount) bool { return c.Warm == 2 })
	starts := s.cli.Count(claudetest.Start)
	r := says("hello")
	r.System = []string{"Be brief."}
	s.answered(r)
	turns, started := s.pids(claudetest.Turn), s.pids(claudetest.Start)
	assert.Equal(t, started[starts-1], turns[0])
	s.eventually("the next spare", func(c conversation.ProcessCount) bool { return c.Warm == 2 })
}

func TestARequestWaitsForTheSpareOnItsWay(t *testing.T) {
	s := newStage(t, nil, nil).learned()
	h := hold(t, claudetest.Version)
	s.cli.SetScript(h.script)
	s.pool.mu.Lock()
	s.pool.config.Spares = 1
	s.pool.mu.Unlock()
	s.answered(says("hello"))
	h.wait(t) // the spare
	starts := s.cli.Count(claudetest.Start)
	answered := make(chan *conversation.Error, 1)
	r := says("other")
	r.System = []string{"Be brief."}
	go func() { answered <- s.ask(s.deadline(), r).err }()
	s.eventually("it waits", func(c conversation.ProcessCount) bool { return c.Queued == 1 })
	h.release()
	assert.Nil(t, <-answered)
	assert.Equal(t, s.pids(claudetest.Start)[starts-1], s.pids(claudetest.Turn)[1])
}

func TestASpareThatCannotBeStarted(t *testing.T) {
	s := newStage(t, nil, nil).learned()
	s.cli.SetScript(do(claudetest.Version, claudetest.Exit))
	s.pool.mu.Lock()
	s.pool.config.Spares = 1
	s.pool.mu.Unlock()
	for range 3 { // each request starts one that dies, and is answered all the same
		r := says("hello")
		r.System = []string{"Be brief."}
		s.answered(r)
		s.eventually("the spare is given up", func(c conversation.ProcessCount) bool { return c.Starting == 0 })
	}
	assert.LessOrEqual(t, s.cli.Count(claudetest.Version), 1+2*3, "it is not started for ever")
}

// Seven that go on in turn are more than there is room for; that must not cost the
// others their processes.
func TestConversationsThatGoOnAreNotEndedForASpare(t *testing.T) {
	s := newStage(t, nil, func(c *Config) { c.MaxProcesses = 4; c.Spares = 1 }).learned()
	talks := make([][]string, 4)
	for round := range 4 {
		for i := range talks {
			said := fmt.Sprintf("%d-%d", i, round)
			s.answered(says(append(talks[i], said)...))
			talks[i] = append(talks[i], said, said)
		}
	}
	starts := s.cli.Count(claudetest.Start)
	for i := range talks {
		s.answered(says(append(talks[i], "again")...))
	}
	assert.LessOrEqual(t, s.cli.Count(claudetest.Start)-starts, 2, "processes that were started for four turns")
}

func TestModelsShareASpareWhereTheCLICanSwitch(t *testing.T) {
	for _, version := range claudetest.Versions {
		t.Run(version, func(t *testing.T) {
			s := newStage(t, func(claudetest.Event) claudetest.Action { return claudetest.Action{Version: version} },
				func(c *Config) { c.Spares = 1 }).learned()
			s.eventually("a spare, and the process that was learned from", func(c conversation.ProcessCount) bool { return c.Warm == 2 })
			starts := s.cli.Count(claudetest.Start)
			r := says("hello")
			r.Model = "sonnet"
			s.answered(r)
			shared := s.pids(claudetest.Start)[starts-1] == s.pids(claudetest.Turn)[0]
			assert.Equal(t, version == "2.1.330", shared)
			if !shared {
				return
			}
			assert.Contains(t, s.cli.Told(s.pids(claudetest.Turn)[0])[1], `"settings":{"model":"sonnet"}`)
			r = says("hello", "hello", "again")
			r.Model = "sonnet"
			s.answered(r)
			assert.Equal(t, s.pids(claudetest.Turn)[0], s.pids(claudetest.Turn)[1])
		})
	}
}

// TestConversationsThatFillThePoolGoOnWhereTheyAre: five that begin alike and the spare took
// the six places, and each was ended in turn to prepare a process for a sixth. All their
// turns were told anew, each to a process that was started for it.
func TestConversationsThatFillThePoolGoOnWhereTheyAre(t *testing.T) {
	s := newStage(t, nil, func(c *Config) { c.MaxProcesses, c.Spares = 6, 1 }).learned()
	said := make([][]string, 5)
	round := func() (started int) {
		before := s.cli.Count(claudetest.Start)
		for i := range said {
			question := fmt.Sprintf("question %d of %d", len(said[i])/2, i)
			said[i] = append(said[i], question)
			s.answered(says(said[i]...))
			said[i] = append(said[i], question) // which is the answer
			s.eventually("a spare, and rest", func(c conversation.ProcessCount) bool {
				return c.Busy == 0 && c.Starting == 0 && c.Warm > 0
			})
		}
		return s.cli.Count(claudetest.Start) - before
	}
	round() // the first time
	round() // the last places are taken
	for range 3 {
		assert.Zero(t, round(), "processes started for conversations that only go on")
	}
}
