package claude

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"claude-max-api-proxy/proxy/claude/streamjson"
)

// warm waits until the process has started up. A process that has read nothing
// prints nothing, so it is asked for its version: that costs no request upstream. CLIs
// before 2.1.120 do not know the question, but to say so they have to be up.
func (s *session) warm(ctx context.Context, limit time.Duration) (v version, known bool, err error) {
	r, err := s.control(ctx, "get_binary_version", streamjson.Plain{Subtype: "get_binary_version"}, limit)
	if refusal := (*refusedError)(nil); errors.As(err, &refusal) {
		return version{}, false, nil
	}
	if err != nil {
		return version{}, false, err
	}
	var answer struct {
		Version string `json:"version"`
	}
	if err := json.Unmarshal(r.Response, &answer); err != nil {
		return version{}, false, fmt.Errorf("its version cannot be read: %w", err)
	}
	v, err = parseVersion(answer.Version)
	return v, err == nil, err
}

// waits returns once the process waits for a history to read.
func (s *session) waits(ctx context.Context, limit time.Duration) error {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-s.pipe.Waiting():
		return nil
	case <-s.ended:
		s.recipe.installation.unread.Add(1)
		return s.unanswered(ctx, s.lost())
	case <-timer.C:
		s.recipe.installation.unread.Add(1)
		return fmt.Errorf("it did not open its session within %s", limit)
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// settled is called when the machine has time to start a spare: not while a
// request waits for its first word, which the start would delay.
func (p *pool) settled() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refill()
}

// expect says what the first request will probably want, and how it will begin.
// It comes before any request that could be served.
func (p *pool) expect(r recipe, begun fingerprint) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.recipe, p.begun = r, begun
}

// spare is a process that is started ahead.
type spare struct {
	recipe recipe
	// opening is what it is told ahead as well; nil leaves it open for any
	// conversation.
	opening *opening
	era     int // of the pool when it was asked for
}

// serves says whether the spare is what a request wants, once it is there.
func (n *spare) serves(w want) bool {
	if n.opening != nil {
		return n.recipe.installation == w.recipe.installation && n.opening.print == w.opening.print
	}
	return w.recipe.servedBy(n.recipe) && (!n.recipe.reads || w.mayRead())
}

// begin notes how a new conversation begins. When two in a row begin alike, with
// the same model and system prompt, so will the next, probably: a process can be
// prepared for it. Call with mu held.
func (p *pool) begin(w want) {
	p.expected, p.reading = nil, w.reads()
	if w.opening.print == p.begun {
		p.expected = &w.opening
	}
	p.begun = w.opening.print
}

// forConversations is how many places at least are left to conversations that
// are going on, before a process is prepared for one that may come.
const forConversations = 2

// missing says what spare should be there and is not. Call with mu held.
func (p *pool) missing() *spare {
	s := &spare{recipe: p.recipe, era: p.era}
	blank, reading := 0, 0
	for _, s := range p.spares {
		if s.pipe == nil {
			blank++
		} else {
			reading++
		}
	}
	if blank < p.config.Spares {
		return s
	}
	if p.config.Spares == 0 || p.config.MaxProcesses < p.config.Spares+1+forConversations {
		return nil
	}
	if p.reading && reading == 0 && p.recipe.installation.takesTranscripts() {
		s.recipe.reads = true
		return s
	}
	if p.expected == nil {
		return nil
	}
	for _, i := range p.idle {
		if i.turns == 0 && i.seen == p.expected.print {
			return nil
		}
	}
	// Not the last request's model, which may have gone on with another conversation.
	s.recipe.model, s.opening = p.expected.model, p.expected
	return s
}

// refill starts a spare when one is missing. Never more than one at a time: each
// takes a core for most of a second. Call with mu held.
func (p *pool) refill() {
	if p.closed || p.coming != nil || p.recipe.installation == nil ||
		len(p.waiting) > 0 || p.dormant(time.Now()) {
		return
	}
	s := p.missing()
	if s == nil {
		return
	}
	if p.size() >= p.config.MaxProcesses {
		// One that is prepared, beside the spare, is no reason to end a conversation: told
		// to another process, that would look like a new one that begins alike, and so on
		// for ever.
		if s.opening == nil && len(p.leaving) == 0 { // else a place is free in a moment
			p.makeRoom()
		}
		return
	}
	p.coming = s
	p.reserved++
	p.goroutines.Go(func() { p.startSpare(s) })
}

// recent is how long a conversation that has gone on in its process is expected to go on
// further.
const recent = time.Minute

// makeRoom ends the process of a conversation, the oldest first, whose place a spare takes
// when it is gone. A new conversation is likelier than the oldest of many to go on; but where
// several go on in turn, each would make room for the next, and all of them would be
// told anew with every turn. Call with mu held.
func (p *pool) makeRoom() {
	i := slices.IndexFunc(p.idle, func(s *session) bool {
		return s.turns <= oneExchange || time.Since(s.lastUsed) > recent
	})
	if i < 0 {
		return
	}
	s := p.idle[i]
	p.idle = slices.Delete(p.idle, i, i+1)
	p.kill(s)
}

// oneExchange is how many turns a conversation has that has not gone on yet.
const oneExchange = 2

func (p *pool) startSpare(n *spare) {
	s, err := p.start(n.recipe, n.era, false)
	switch {
	case err != nil:
	case s.pipe != nil:
		err = s.waits(p.done, p.config.StartTimeout)
	default:
		_, _, err = s.warm(p.done, p.config.StartTimeout)
	}
	if err == nil && n.opening != nil {
		err = s.prepare(p.done, *n.opening, p.config.StartTimeout)
	}
	if s != nil && err != nil {
		s.kill()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.coming = nil
	if s != nil {
		delete(p.busy, s)
	}
	if err == nil {
		p.put(s)
	} else if !p.closed {
		if n.opening != nil {
			err = withoutWords(err)
		}
		p.log.Warn("no spare Claude Code process", "cause", err)
	}
	p.dispatch()
	if err == nil && !s.over() { // see gone
		p.refill()
	}
}
