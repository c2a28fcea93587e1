package claude

import (
	"slices"
	"time"
)

// retire makes every process that waits leave, and every busy one after its
// turn: the CLI, or its login, is another one now, or will be by the next request.
// So no spare is started before that request: it would be of the old kind.
func (p *pool) retire() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.recipe, p.expected = recipe{}, nil
	p.discard()
}

// renew replaces the processes that wait, because they may not have survived a
// sleep of the machine in good health. What they kept is told again to others. The
// recipe is for the next spare, where nobody knows a better one.
func (p *pool) renew(r recipe) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.recipe.installation != r.installation {
		p.recipe = r
	}
	p.discard()
}

// discard kills the processes that wait, and sees to it that those under way are not
// kept. Call with mu held.
func (p *pool) discard() {
	p.era++
	p.kill(p.spares...)
	p.kill(p.idle...)
	p.spares, p.idle = nil, nil
	p.dispatch()
}

// dormant says that nobody has asked for so long that a spare is a waste of
// memory. Call with mu held.
func (p *pool) dormant(now time.Time) bool {
	return now.Sub(p.asked) > SpareFactor*p.config.IdleTimeout
}

// expire ends processes that nobody has used for long, until the pool closes.
func (p *pool) expire() {
	ticker := time.NewTicker(max(min(p.config.IdleTimeout, longestHold)/4, time.Millisecond))
	defer ticker.Stop()
	for {
		select {
		case <-p.done.Done():
			return
		case now := <-ticker.C:
			p.mu.Lock()
			p.idle = slices.DeleteFunc(p.idle, func(s *session) bool {
				limit := p.config.IdleTimeout
				if s.held != nil {
					limit = min(limit, longestHold)
				}
				if now.Sub(s.lastUsed) <= limit {
					return false
				}
				if s.turns == 0 {
					p.expected = nil // it did not come, and should not be waited for again
				}
				p.holds.ended(s, false)
				p.kill(s)
				return true
			})
			if p.dormant(now) {
				p.kill(p.spares...)
				p.spares = nil
			}
			p.mu.Unlock()
		}
	}
}

// close refuses what waits, kills what is there and returns when all is gone.
// Requests that are being answered are their callers' to end first.
func (p *pool) close() {
	p.mu.Lock()
	p.closed = true
	p.stop()
	for _, w := range p.waiting {
		w.ready <- grant{err: shuttingDown()}
	}
	p.waiting = nil
	p.kill(p.spares...)
	p.kill(p.idle...)
	p.spares, p.idle = nil, nil
	p.mu.Unlock()
	p.goroutines.Wait()
}
