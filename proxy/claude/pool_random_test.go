package claude

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/proxy/claude/claudetest"
	"claude-max-api-proxy/proxy/conversation"
)

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
