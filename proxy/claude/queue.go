package claude

import (
	"context"
	"fmt"
	"slices"
	"time"

	"claude-max-api-proxy/proxy/conversation"
)

// want is what a request needs.
type want struct {
	recipe  recipe
	opening opening
	turns   []conversation.Turn
	prints  []fingerprint // of its conversation; see fingerprints
	topic   fingerprint   // see habits
	// breaks is how often in a row the conversation did not go on from where it was.
	breaks int
	// fresh asks for a new process, whatever else there is.
	fresh bool
	// lesson is no request: it waits as long as it takes.
	lesson bool
}

// grant is what a request gets: a session, or the right to start a process in
// the place of another one.
type grant struct {
	session *session
	evict   *session
	recipe  recipe // of the process to start
	era     int    // likewise
	err     error
}

type waiter struct {
	want  want
	ready chan grant // buffered: dispatch never waits
}

// acquire returns a session for the request alone. warm says that it was running
// already, so its process may have died unnoticed.
func (p *pool) acquire(ctx context.Context, w want) (s *session, warm bool, err error) {
	if ctx.Err() != nil {
		return nil, false, context.Cause(ctx)
	}
	ready := &waiter{want: w, ready: make(chan grant, 1)}
	p.mu.Lock()
	switch {
	case p.closed:
		p.mu.Unlock()
		return nil, false, shuttingDown()
	case !w.fresh:
		p.asked = time.Now()
		p.recipe = w.recipe
		ready.want.breaks = p.habits.breaks(w)
	}
	p.waiting = append(p.waiting, ready)
	p.dispatch()
	if n := p.queued(); slices.Contains(p.waiting, ready) && n > p.config.MaxQueue && !w.lesson {
		p.forget(ready)
		p.mu.Unlock()
		return nil, false, p.crowded(n - 1)
	}
	p.mu.Unlock()

	var timeout <-chan time.Time
	if !w.lesson {
		timer := time.NewTimer(p.config.QueueTimeout)
		defer timer.Stop()
		timeout = timer.C
	}
	var g grant
	select {
	case g = <-ready.ready:
	case <-ctx.Done():
		p.leave(ready)
		return nil, false, context.Cause(ctx)
	case <-timeout:
		p.leave(ready)
		return nil, false, p.tooLate()
	}
	if g.err != nil {
		return nil, false, g.err
	}
	if s = g.session; s == nil {
		if g.evict != nil {
			g.evict.kill()
		}
		if s, err = p.start(g.recipe, g.era, !w.lesson); err != nil {
			return nil, false, err
		}
	}
	s.passing = ready.want.breaks >= habit && s.turns == 0 // else it went on, after all
	p.log.Debug("a process for a request", "pid", s.proc.PID(), "way", s.way(g.session != nil), "turns", len(w.turns)-s.turns)
	return s, g.session != nil, nil
}

// dispatch serves the waiters that can be served, in order. Call with mu held.
func (p *pool) dispatch() {
	spareFree := p.coming != nil // nobody before counts on the spare on its way
	p.waiting = slices.DeleteFunc(p.waiting, func(w *waiter) bool {
		g, ok := p.take(w.want, spareFree)
		if !ok {
			spareFree = false
			return false
		}
		w.ready <- g
		return true
	})
}

// take serves a request, if it can, and notes how a new conversation begins.
// Call with mu held.
func (p *pool) take(w want, spareFree bool) (grant, bool) {
	g, ok := p.find(w, spareFree)
	if ok && !w.fresh && (g.session == nil || g.session.turns == 0) {
		p.begin(w)
	}
	return g, ok
}

// forget takes a waiter out. Call with mu held.
func (p *pool) forget(w *waiter) {
	p.waiting = slices.DeleteFunc(p.waiting, func(other *waiter) bool { return other == w })
}

// leave is for a waiter that gives up; what it was given meanwhile goes back.
func (p *pool) leave(w *waiter) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.forget(w)
	var g grant
	select {
	case g = <-w.ready:
	default:
		return
	}
	switch {
	case g.err != nil:
	case g.session == nil:
		p.reserved--
		if g.evict != nil {
			p.kill(g.evict)
		}
	default:
		delete(p.busy, g.session)
		p.put(g.session)
	}
	p.dispatch()
}

func shuttingDown() *conversation.Error {
	return &conversation.Error{
		Kind:    conversation.ShuttingDown,
		Message: "The proxy is being stopped.",
		Hint:    "Send the request again once it runs.",
	}
}

func (p *pool) crowded(waiting int) *conversation.Error {
	return p.queueFull(fmt.Sprintf("%d requests are waiting already", waiting))
}

func (p *pool) tooLate() *conversation.Error {
	return p.queueFull(fmt.Sprintf("this one has waited for %s", p.config.QueueTimeout))
}

func (p *pool) queueFull(why string) *conversation.Error {
	return &conversation.Error{
		Kind: conversation.QueueFull,
		Message: fmt.Sprintf("All %d Claude Code processes are busy, and %s.",
			p.config.MaxProcesses, why),
		Hint:       "Try again in a moment, or raise --max-processes if this machine has the memory (about 160 MB each).",
		RetryAfter: 5 * time.Second,
	}
}
