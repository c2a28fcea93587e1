package claude

import (
	"os"
	"path/filepath"
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

// lesson is a stage whose only process answers a request while the CLI is updated: the new one
// cannot be learned before that is done.
func lesson(t *testing.T, h *held, maxQueue int) (s *stage, answered <-chan told) {
	t.Helper()
	dir := t.TempDir()
	link, second := filepath.Join(dir, "claude"), filepath.Join(dir, "claude-2")
	s = newStage(t, h.script, func(c *Config) {
		copyFile(t, c.Path, second)
		require.NoError(t, os.Symlink(c.Path, link))
		c.Path, c.MaxProcesses, c.MaxQueue, c.look = link, 1, maxQueue, time.Hour
	}).learned()
	first := make(chan told, 1)
	go func() { first <- s.ask(s.deadline(), says("first")) }()
	h.wait(t)
	require.NoError(t, os.Remove(link))
	require.NoError(t, os.Symlink(second, link))
	return s, first
}

func TestRequestsThatWaitForTheCLIToBeLearnedAreInTheQueue(t *testing.T) {
	h := hold(t, claudetest.Text)
	s, first := lesson(t, h, 2)
	answers := make(chan told, 10)
	for range cap(answers) {
		go func() { answers <- s.ask(s.deadline(), says("hello there")) }()
	}
	for range cap(answers) - 2 {
		a := <-answers
		require.NotNil(t, a.err)
		assert.Equal(t, conversation.QueueFull, a.err.Kind)
		assert.Contains(t, a.err.Message, "2 requests are waiting already")
	}
	assert.Equal(t, 2, s.Status().Processes.Queued)

	s.cli.SetScript(nil)
	h.release()
	assert.Nil(t, (<-first).err)
	for range 2 {
		assert.Equal(t, told{text: "hello there", deltas: 2, done: true}, <-answers)
	}
	assert.Zero(t, s.Status().Processes.Queued)
}

func TestWhoWaitsForTheCLIToBeLearnedHasTheQueuesDeadline(t *testing.T) {
	h := hold(t, claudetest.Text)
	s, first := lesson(t, h, 2)
	s.pool.mu.Lock()
	s.pool.config.QueueTimeout = 50 * time.Millisecond // of those that come now
	s.pool.mu.Unlock()
	for range 3 {
		begun := time.Now()
		a := s.ask(s.deadline(), says("hello"))
		require.NotNil(t, a.err)
		assert.Equal(t, conversation.QueueFull, a.err.Kind)
		assert.Contains(t, a.err.Message, "this one has waited for 50ms")
		assert.GreaterOrEqual(t, time.Since(begun), 50*time.Millisecond, "its own time, not that of those before")
	}
	assert.Zero(t, s.Status().Processes.Queued)

	s.cli.SetScript(nil)
	h.release()
	assert.Nil(t, (<-first).err)
	s.learned()
	s.answered(says("hello"))
}

// Nothing is full at the start: two of these will have a process as soon as the CLI was learned.
func TestWhoIsServedOnceTheCLIWasLearnedIsNotInTheQueue(t *testing.T) {
	h := hold(t, claudetest.Version)
	s := newStage(t, h.script, func(c *Config) { c.MaxProcesses, c.MaxQueue = 2, 1 })
	h.wait(t)
	answers := make(chan told, 4)
	for range cap(answers) {
		go func() { answers <- s.ask(s.deadline(), says("hello")) }()
	}
	a := <-answers
	require.NotNil(t, a.err)
	assert.Equal(t, conversation.QueueFull, a.err.Kind)
	assert.Equal(t, 3, s.Status().Processes.Queued)
	s.cli.SetScript(nil)
	h.release()
	for range 3 {
		assert.Nil(t, (<-answers).err)
	}
}

// A CLI that takes long to answer is no reason to say that all processes are busy.
func TestNobodyIsTooLateWhileTheCLIIsAsked(t *testing.T) {
	h := hold(t, claudetest.Version)
	s := newStage(t, h.script, func(c *Config) { c.MaxProcesses = 1 })
	h.wait(t)
	patience, learned := make(chan time.Time), make(chan error, 1)
	go func() {
		_, err := s.await(s.deadline(), patience)
		learned <- err
	}()
	for range 2 { // the second is taken when the first has changed nothing
		patience <- time.Now()
	}
	h.release()
	assert.NoError(t, <-learned)
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
