package claude

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

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

func TestSparesAreStartedOneAtATime(t *testing.T) {
	s := newStage(t, nil, nil).learned()
	h := hold(t, claudetest.Version)
	s.cli.SetScript(h.script)
	s.pool.mu.Lock()
	s.pool.config.Spares = 3
	s.pool.mu.Unlock()
	s.answered(says("hello"))
	for i := range 3 {
		h.wait(t)
		c := s.pool.count()
		assert.Equal(t, 1, c.Starting)
		assert.Equal(t, i, c.Warm)
		h.release()
	}
	s.eventually("three spares", func(c conversation.ProcessCount) bool { return c.Warm == 3 && c.Starting == 0 })
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

func TestWhatNobodyUsesEnds(t *testing.T) {
	s := newStage(t, nil, func(c *Config) { c.Spares = 1; c.IdleTimeout = 100 * time.Millisecond }).learned()
	s.answered(says("hello"))
	s.eventually("conversations end first", func(c conversation.ProcessCount) bool { return c.Idle == 0 && c.Warm == 1 })
	s.eventually("spares end later", func(c conversation.ProcessCount) bool { return c.Idle+c.Warm+c.Starting == 0 })
	require.Eventually(t, func() bool { return s.cli.Live() == 0 }, 10*time.Second, time.Millisecond)
	s.answered(says("hello"))
	s.eventually("the next request brings a spare", func(c conversation.ProcessCount) bool { return c.Warm == 1 })
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

func TestAProcessThatHasGrownTooLargeIsReplacedAfterItsTurn(t *testing.T) {
	s := newStage(t, nil, func(c *Config) { c.MaxProcessMemory = 1 }).learned()
	s.answered(says("one"))
	s.answered(says("one", "one", "two"))
	turns := s.pids(claudetest.Turn)
	assert.NotEqual(t, turns[0], turns[1], "the conversation went on elsewhere")
	s.eventually("no process keeps a conversation", func(c conversation.ProcessCount) bool { return c.Idle == 0 && c.Busy == 0 })
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

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	in, err := os.Open(from)
	require.NoError(t, err)
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY, 0o755)
	require.NoError(t, err)
	_, err = io.Copy(out, in)
	require.NoError(t, err)
	require.NoError(t, out.Close())
}

// TestAnUpdatedCLIIsLearnedAgain: the native installer points a link to another
// file and leaves the former one where it is.
func TestAnUpdatedCLIIsLearnedAgain(t *testing.T) {
	dir := t.TempDir()
	link, second := filepath.Join(dir, "claude"), filepath.Join(dir, "claude-2")
	var version atomic.Value
	version.Store("2.1.197")
	s := newStage(t, func(claudetest.Event) claudetest.Action {
		return claudetest.Action{Version: version.Load().(string)}
	}, func(c *Config) {
		copyFile(t, c.Path, second)
		require.NoError(t, os.Symlink(c.Path, link))
		c.Path, c.Spares = link, 1
	}).learned()
	s.answered(says("one"))
	assert.Equal(t, "2.1.197", s.Status().CLIVersion)
	s.settledWith(2) // a spare, and one that was prepared for the next of its kind
	old := s.pids(claudetest.Start)

	version.Store("2.1.330")
	require.NoError(t, os.Remove(link))
	require.NoError(t, os.Symlink(second, link))
	s.answered(says("one", "one", "two"))
	assert.Equal(t, "2.1.330", s.Status().CLIVersion)
	turns := s.pids(claudetest.Turn)
	assert.NotContains(t, old, turns[1], "nothing is answered by the former CLI")

	require.NoError(t, os.Remove(link))
	a := s.ask(s.deadline(), says("three"))
	require.NotNil(t, a.err)
	assert.Equal(t, conversation.CLIMissing, a.err.Kind)
	assert.Equal(t, conversation.CLIMissing, s.Status().Problem.Kind)
}

func TestASignInProblemRenewsTheProcesses(t *testing.T) {
	s := newStage(t, nil, func(c *Config) { c.Spares = 1 }).learned()
	s.answered(says("one"))
	s.settledWith(2)
	assert.Equal(t, conversation.SignedIn, s.Status().SignIn)

	s.cli.SetScript(do(claudetest.Turn, claudetest.Say, apiError("authentication_failed"), errorResult(`,"result":"Not logged in · Please run /login"`)))
	a := s.ask(s.deadline(), says("two"))
	require.NotNil(t, a.err)
	assert.Equal(t, conversation.SignInNeeded, a.err.Kind)
	assert.Equal(t, conversation.SignedOut, s.Status().SignIn)
	s.eventually("all that held the old login are gone", func(c conversation.ProcessCount) bool { return c.Warm+c.Idle+c.Starting == 0 })
	before := s.cli.Count(claudetest.Start)

	// The login is there again: the next request must see it, so its process was
	// started after the failure.
	s.cli.SetScript(nil)
	s.answered(says("two"))
	turns, starts := s.pids(claudetest.Turn), s.pids(claudetest.Start)
	assert.Contains(t, starts[before:], turns[len(turns)-1])
	assert.Equal(t, conversation.SignedIn, s.Status().SignIn)
}

// check holds the pool against the invariants in its comment.
func (p *pool) check() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := p.size(); n > p.config.MaxProcesses {
		return fmt.Errorf("%d processes of %d", n, p.config.MaxProcesses)
	}
	if p.reserved < 0 {
		return fmt.Errorf("%d reserved", p.reserved)
	}
	places := map[*session]int{}
	for _, s := range p.spares {
		places[s]++
	}
	for _, s := range p.idle {
		places[s]++
	}
	for s := range p.busy {
		places[s]++
	}
	for s := range p.leaving {
		places[s]++
	}
	for s, n := range places {
		if n != 1 {
			return fmt.Errorf("process %d is in %d places", s.proc.PID(), n)
		}
	}
	for i := 1; i < len(p.idle); i++ {
		if p.idle[i].lastUsed.Before(p.idle[i-1].lastUsed) {
			return errors.New("idle is out of order")
		}
	}
	if len(p.waiting) > 0 && p.coming == nil && (p.size() < p.config.MaxProcesses || len(p.idle)+len(p.spares) > 0) {
		return errors.New("somebody waits for what is there")
	}
	return nil
}

// TestRandomUse lets many callers do what callers do, while processes die and the
// login changes, and checks the invariants all the time.
func TestRandomUse(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	s := newStage(t, nil, func(c *Config) {
		c.MaxProcesses, c.Spares, c.MaxQueue = 4, 2, 4
		c.IdleTimeout = 200 * time.Millisecond
	}).learned()
	s.cli.SetScript(func(e claudetest.Event) claudetest.Action {
		// Seldom, and different in each run of a process.
		if e.Stage != claudetest.Finished && e.Stage != claudetest.AuthStatus && rand.IntN(60) == 0 {
			return claudetest.Action{Do: []claudetest.Deed{claudetest.Exit, claudetest.Half, claudetest.Garbage, claudetest.Stubborn}[rand.IntN(4)]}
		}
		return claudetest.Action{}
	})

	stop := make(chan struct{})
	var watch sync.WaitGroup
	watch.Go(func() {
		often := time.NewTicker(100 * time.Microsecond)
		defer often.Stop()
		for {
			select {
			case <-stop:
				return
			case <-often.C:
			}
			if err := s.pool.check(); err != nil {
				t.Error(err)
				return
			}
		}
	})
	var callers sync.WaitGroup
	var answers, failures atomic.Int64
	for c := range 8 {
		random := rand.New(rand.NewPCG(seed, uint64(c)))
		callers.Go(func() {
			var texts []string
			for i := range 12 {
				if len(texts) > 4 || random.IntN(4) == 0 {
					texts = nil
				}
				texts = append(texts, fmt.Sprintf("caller %d, question %d", c, i))
				ctx, cancel := s.deadline(), func() {}
				impatient := random.IntN(5) == 0
				if impatient {
					ctx, cancel = context.WithTimeout(ctx, time.Duration(random.IntN(80))*time.Millisecond)
				}
				a := s.ask(ctx, says(texts...))
				cancel()
				switch {
				case a.err == nil:
					answers.Add(1)
					assert.Equal(t, texts[len(texts)-1], a.text, "an answer to another question")
					texts = append(texts, a.text)
				case a.err.Kind == conversation.CLIFailed, a.err.Kind == conversation.QueueFull, impatient && ctx.Err() != nil:
					failures.Add(1)
					texts = nil
				default: // also whoever was forgotten in the queue
					assert.Nil(t, a.err)
				}
				if random.IntN(20) == 0 {
					s.pool.retire()
				}
			}
		})
	}
	callers.Wait()
	close(stop)
	watch.Wait()
	t.Logf("%d answers, %d failures, %d processes", answers.Load(), failures.Load(), s.cli.Count(claudetest.Start))
	assert.Positive(t, answers.Load())
	s.cli.SetScript(nil)
	require.Nil(t, s.ask(s.deadline(), says("hello")).err)
	assert.Zero(t, s.pool.count().Queued)
	assert.NoError(t, s.pool.check())
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
