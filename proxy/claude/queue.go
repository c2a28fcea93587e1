package claude

import (
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

func (p *pool) queueFull(why string) *conversation.Error {
	return &conversation.Error{
		Kind: conversation.QueueFull,
		Message: fmt.Sprintf("All %d Claude Code processes are busy, and %s.",
			p.config.MaxProcesses, why),
		Hint:       "Try again in a moment, or raise --max-processes if this machine has the memory (about 160 MB each).",
		RetryAfter: 5 * time.Second,
	}
}
