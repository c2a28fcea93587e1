package claude

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/proxy/claude/claudetest"
	"claude-max-api-proxy/proxy/conversation"
)

func TestAFullQueueRefuses(t *testing.T) {
	h := hold(t, claudetest.Text)
	s := newStage(t, h.script, func(c *Config) { c.MaxProcesses = 1; c.MaxQueue = 1 }).learned()
	errs := make(chan *conversation.Error, 2)
	go func() { errs <- s.ask(s.deadline(), says("one")).err }()
	h.wait(t)
	go func() { errs <- s.ask(s.deadline(), says("two")).err }()
	s.eventually("the second waits", func(c conversation.ProcessCount) bool { return c.Queued == 1 })

	a := s.ask(s.deadline(), says("three"))
	require.NotNil(t, a.err)
	assert.Equal(t, conversation.QueueFull, a.err.Kind)
	assert.Positive(t, a.err.RetryAfter)
	assert.Equal(t, 1, s.Status().Processes.Queued)

	h.release()
	h.wait(t)
	h.release()
	assert.Nil(t, <-errs)
	assert.Nil(t, <-errs)
}

func TestTheQueueHasADeadline(t *testing.T) {
	h := hold(t, claudetest.Text)
	s := newStage(t, h.script, func(c *Config) { c.MaxProcesses = 1 }).learned()
	s.pool.mu.Lock()
	s.pool.config.QueueTimeout = 50 * time.Millisecond // of those that come now
	s.pool.mu.Unlock()
	errs := make(chan *conversation.Error, 1)
	go func() { errs <- s.ask(s.deadline(), says("one")).err }()
	h.wait(t)
	a := s.ask(s.deadline(), says("two"))
	require.NotNil(t, a.err)
	assert.Equal(t, conversation.QueueFull, a.err.Kind)
	assert.Contains(t, a.err.Message, "50ms")
	assert.Positive(t, a.err.RetryAfter)
	h.release()
	assert.Nil(t, <-errs)
	assert.Zero(t, s.pool.count().Queued)
}

func TestAWaiterThatLeavesGivesItsGrantBack(t *testing.T) {
	s := newStage(t, nil, func(c *Config) { c.MaxProcesses = 2 }).learned()
	s.answered(says("hello"))
	i := s.known()
	p := s.pool

	granted := func(w want) *waiter {
		ready := &waiter{want: w, ready: make(chan grant, 1)}
		p.mu.Lock()
		defer p.mu.Unlock()
		p.waiting = append(p.waiting, ready)
		p.dispatch()
		require.Empty(t, p.waiting)
		return ready
	}
	next := says("hello", "hello", "again")
	w := want{recipe: recipe{installation: i, model: "opus"}, prints: fingerprints("opus", next)}

	// A session goes back to where it was.
	before := p.count()
	ready := granted(w)
	require.Equal(t, before.Idle-1, p.count().Idle)
	p.leave(ready)
	assert.Equal(t, before, p.count())
	s.answered(next)
	turns := s.pids(claudetest.Turn)
	assert.Equal(t, turns[0], turns[1], "it is the same process")

	// So does the right to start one, in a free place or in that of another.
	for range 3 {
		p.leave(granted(want{recipe: recipe{installation: i, model: "opus"}, fresh: true}))
	}
	require.Eventually(t, func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		return p.reserved == 0 && len(p.leaving) == 0
	}, 10*time.Second, time.Millisecond)

	// A session that has died meanwhile is not put back.
	s.answered(says("hello"))
	ready = granted(want{recipe: recipe{installation: i, model: "opus"}, prints: fingerprints("opus", says("hello", "hello", "x"))})
	kept := (<-ready.ready).session
	require.NotNil(t, kept)
	kept.proc.Kill()
	<-kept.ended
	ready.ready <- grant{session: kept}
	idle := p.count().Idle
	p.leave(ready)
	assert.Equal(t, idle, p.count().Idle)
}
