package claude

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"

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

// traffic is what callers do at the same time, and what goes wrong meanwhile.
type traffic struct {
	callers [][]visit
	faults  map[int]claudetest.Deed // by how many other events of the CLI came before
}

// visit is one request of a caller, and what it does then.
type visit struct {
	anew     bool          // in another conversation
	patience time.Duration // 0 is as much as it takes
	retires  bool          // the login changes afterwards
}

var (
	visits = rapid.Custom(func(t *rapid.T) visit {
		return visit{
			anew:     rapid.IntRange(0, 3).Draw(t, "anew") == 3,
			patience: time.Duration(max(0, rapid.IntRange(-320, 80).Draw(t, "patience"))) * time.Millisecond,
			retires:  rapid.IntRange(0, 19).Draw(t, "retires") == 19,
		}
	})
	traffics = rapid.Custom(func(t *rapid.T) traffic {
		return traffic{
			callers: rapid.SliceOfN(rapid.SliceOfN(visits, 1, 4), 1, 6).Draw(t, "callers"),
			faults: rapid.MapOfN(rapid.IntRange(0, 150), rapid.SampledFrom([]claudetest.Deed{
				claudetest.Exit, claudetest.Half, claudetest.Garbage, claudetest.Stubborn,
			}), 0, 4).Draw(t, "faults"),
		}
	})
)

// TestWhateverCallersDoThePoolKeepsItsInvariants: they come and leave at the same time, processes
// die, the login changes. Everybody gets the answer to their own question, or is told why not.
func TestWhateverCallersDoThePoolKeepsItsInvariants(t *testing.T) {
	s := newStage(t, nil, func(c *Config) {
		c.MaxProcesses, c.Spares, c.MaxQueue = 4, 2, 4
		c.IdleTimeout = 200 * time.Millisecond
	}).learned()
	answers := 0
	rapid.Check(t, func(rt *rapid.T) { answers += s.drives(rt, traffics.Draw(rt, "traffic")) })
	assert.Positive(t, answers)
}

// drives lets the traffic go on, looks at the invariants all the time, and says how many
// answers there were.
func (s *stage) drives(t *rapid.T, u traffic) int {
	var events atomic.Int64
	s.cli.SetScript(func(e claudetest.Event) claudetest.Action {
		if e.Stage == claudetest.Finished || e.Stage == claudetest.AuthStatus {
			return claudetest.Action{}
		}
		return claudetest.Action{Do: u.faults[int(events.Add(1)-1)]}
	})
	stop := make(chan struct{})
	var watch, callers sync.WaitGroup
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
	var answers atomic.Int64
	for c, caller := range u.callers {
		callers.Go(func() {
			var texts []string
			for i, v := range caller {
				if v.anew {
					texts = nil
				}
				texts = append(texts, fmt.Sprintf("caller %d, question %d", c, i))
				ctx, cancel := context.WithTimeout(s.t.Context(), cmp.Or(v.patience, 30*time.Second))
				a := s.ask(ctx, says(texts...))
				switch {
				case a.err == nil:
					answers.Add(1)
					if a.text != texts[len(texts)-1] {
						t.Errorf("an answer to another question: %q to %q", a.text, texts)
					}
					texts = append(texts, a.text)
				case a.err.Kind == conversation.CLIFailed, a.err.Kind == conversation.QueueFull, v.patience > 0 && ctx.Err() != nil:
					texts = nil
				default: // also whoever was forgotten in the queue
					t.Error(a.err)
				}
				cancel()
				if v.retires {
					s.pool.retire()
				}
			}
		})
	}
	callers.Wait()
	close(stop)
	watch.Wait()
	s.cli.SetScript(nil)
	if a := s.ask(s.t.Context(), says("hello")); a.err != nil || a.text != "hello" {
		t.Errorf("afterwards: %+v", a)
	}
	if n := s.pool.count().Queued; n != 0 {
		t.Errorf("%d requests wait", n)
	}
	if err := s.pool.check(); err != nil {
		t.Error(err)
	}
	return int(answers.Load())
}
