package claude

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"claude-max-api-proxy/proxy/conversation"
)

// pool shares a bounded number of CLI processes among requests.
//
//	   ┌──────── refill, one at a time ────────┐
//	   ▼                                       │
//	[spare] ──take──► [busy] ──release──► [idle] or killed
//	                     ▲                    │
//	                     └── exact prefix ────┘   (an idle one may wait for results of calls)
//
// Invariants, held whenever mu is free:
//   - a session is in exactly one of spares, idle, busy, and only a busy one is
//     being talked to, by exactly one request;
//   - size() never exceeds Config.MaxProcesses, processes on their way in or out
//     included;
//   - no waiter is left waiting for something that is there: every change that
//     could serve one ends with dispatch.
type pool struct {
	config Config
	log    *slog.Logger
	// launch starts a process; it does not wait for it to be warm.
	launch func(recipe) (*session, error)

	mu       sync.Mutex
	spares   []*session        // warm and told nothing
	idle     []*session        // keep a conversation; least recently used first
	busy     map[*session]bool // true when for a request, false while warming up
	leaving  map[*session]bool // being killed, still a process
	reserved int               // places of processes that are being started now
	coming   *spare            // the one that is on its way; nil for none
	waiting  []*waiter         // in the order they came
	learning int               // requests that wait until the CLI was learned
	recipe   recipe            // what a spare is started as; zero while nobody knows
	begun    fingerprint       // of the opening of the last new conversation
	expected *opening          // of the next one, if there is reason to think so
	habits   habits            // how conversations go on
	reading  bool              // the last new process was to read a long history
	holds    holds             // which calls are worth a process that waits
	era      int               // sessions of an earlier era are not kept
	closed   bool
	asked    time.Time // when the last request came

	done       context.Context // ends when the pool closes
	stop       context.CancelFunc
	goroutines sync.WaitGroup
}

// recipe is what a process is started with.
type recipe struct {
	installation *installation
	model        string
	// reads makes it wait for a history to read before all else.
	reads bool
}

// servedBy says whether a warm process that was started as other can take the
// place of one started as r.
func (r recipe) servedBy(other recipe) bool {
	return r.installation == other.installation && (r.model == other.model || r.installation.caps.LateModel)
}

func newPool(config Config, launch func(recipe) (*session, error)) *pool {
	p := &pool{
		config: config, log: config.Log, launch: launch,
		busy: map[*session]bool{}, leaving: map[*session]bool{}, asked: time.Now(),
	}
	p.done, p.stop = context.WithCancel(context.Background())
	p.goroutines.Go(p.expire)
	return p
}

// size counts every process that is, or is about to be. Call with mu held.
func (p *pool) size() int {
	return len(p.spares) + len(p.idle) + len(p.busy) + len(p.leaving) + p.reserved
}

// start launches a process in a place that was reserved in the era given, and
// makes it busy.
func (p *pool) start(r recipe, era int, forRequest bool) (*session, error) {
	s, err := p.launch(r)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.reserved--
	if err != nil {
		p.dispatch()
		return nil, err
	}
	s.era = era
	p.busy[s] = forRequest
	p.goroutines.Go(func() {
		<-s.ended
		p.gone(s)
	})
	return s, nil
}

// find gives a request the cheapest way there is, see ways. Call with mu held.
func (p *pool) find(w want, spareFree bool) (grant, bool) {
	best := p.cheapest(w, spareFree)
	if best.wait {
		return grant{}, false
	}
	if s := best.session; s != nil {
		same := func(other *session) bool { return other == s }
		p.idle = slices.DeleteFunc(p.idle, same)
		p.spares = slices.DeleteFunc(p.spares, same)
		p.busy[s] = true
		p.holds.ended(s, true)
		return grant{session: s}, true
	}
	r := w.recipe
	r.reads = best.reads
	if p.size() < p.config.MaxProcesses {
		p.reserved++
		return grant{recipe: r, era: p.era}, true
	}
	if s := p.dispensable(); s != nil {
		p.reserved++
		return grant{evict: s, recipe: r, era: p.era}, true
	}
	return grant{}, false
}

// kept is the idle session that has heard the longest part of this conversation,
// and nothing else. One that waits for results while the conversation has gone on in a
// way that it cannot take will never be of use, and leaves. Call with mu held.
func (p *pool) kept(w want) *session {
	var best *session
	p.idle = slices.DeleteFunc(p.idle, func(s *session) bool {
		if s.recipe.installation != w.recipe.installation ||
			s.turns >= len(w.prints)-1 || w.prints[s.turns] != s.seen {
			return false
		}
		if s.turns > 0 && s.turns < len(w.prints)-2 && !w.recipe.installation.caps.History {
			return false // it could not be told what lies between
		}
		if !s.takes(w) {
			p.holds.ended(s, false)
			p.kill(s)
			return true
		}
		if best == nil || s.turns >= best.turns {
			best = s
		}
		return false
	})
	return best
}

// dispensable takes a process out of the pool that can make room for another:
// the conversation that was idle for longest, then a spare.
func (p *pool) dispensable() *session {
	for _, list := range []*[]*session{&p.idle, &p.spares} {
		if len(*list) > 0 {
			s := (*list)[0]
			*list = (*list)[1:]
			return s
		}
	}
	return nil
}

// release gives a session back: to be kept, or to be killed. A killed one counts
// until it is gone.
func (p *pool) release(s *session, keep bool) {
	if keep && s.proc.Memory() > p.config.MaxProcessMemory {
		s.outgrown = true
		p.log.Info("a Claude Code process has grown too large and is replaced", "pid", s.proc.PID())
	}
	if !keep {
		s.kill()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.busy, s)
	if keep {
		p.put(s)
	}
	p.dispatch()
}

// put makes a session wait for a request: as a spare when it was told nothing yet.
// Call with mu held, after taking it out of busy.
func (p *pool) put(s *session) {
	switch {
	case s.over():
		// It is no process any more, and gone has not found it in a list.
	case p.closed || s.era != p.era:
		p.kill(s)
	case s.passing && s.held == nil:
		p.kill(s) // to keep it would be in vain
	case s.outgrown:
		p.kill(s)
	case s.held != nil && !p.holds.worth(s.held.offer):
		p.kill(s)
	default:
		s.lastUsed = time.Now()
		if s.initialized {
			p.idle = append(p.idle, s)
			p.boundHeld()
		} else {
			p.spares = append(p.spares, s)
		}
	}
}

// kill ends processes in the background; they count until they are gone. Call
// with mu held, after taking them out of their list.
func (p *pool) kill(sessions ...*session) {
	for _, s := range sessions {
		p.leaving[s] = true
		p.goroutines.Go(func() {
			s.leave()
			p.mu.Lock()
			defer p.mu.Unlock()
			delete(p.leaving, s)
			p.dispatch()
			p.refill()
		})
	}
}

// gone takes a session out whose process has ended by itself.
func (p *pool) gone(s *session) {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := len(p.spares) + len(p.idle)
	same := func(other *session) bool { return other == s }
	p.spares = slices.DeleteFunc(p.spares, same)
	p.idle = slices.DeleteFunc(p.idle, same)
	if len(p.spares)+len(p.idle) < n {
		p.log.Info("a waiting Claude Code process ended", "pid", s.proc.PID(), "cause", s.lost())
	}
	p.dispatch()
	// No refill: a CLI that dies at once would be started for ever. The next
	// request does it.
}

func (p *pool) count() conversation.ProcessCount {
	p.mu.Lock()
	defer p.mu.Unlock()
	c := conversation.ProcessCount{
		Warm: len(p.spares), Starting: p.reserved, Max: p.config.MaxProcesses, Queued: p.queued(),
	}
	for _, s := range p.idle {
		if s.turns == 0 {
			c.Warm++
		} else {
			c.Idle++
		}
	}
	for _, forRequest := range p.busy {
		if forRequest {
			c.Busy++
		} else {
			c.Starting++
		}
	}
	return c
}
