package claude

import "slices"

// holds remembers of which clients it was worth while to let a process wait for the
// results of their calls. Some send them in a form that such a process cannot take, or
// change their system prompt with every request: for these a process would wait in vain,
// with its 160 MB. A client is known by the tools that it offers. The zero value
// knows none. The pool's mutex guards it.
type holds struct {
	vain map[fingerprint]int // processes in a row that have waited in vain
}

const (
	// enoughVain is after how many a client's calls are no longer waited for.
	enoughVain = 2
	// anotherTry is how often it is tried all the same: clients are updated.
	anotherTry = 32
	// mostOffers bounds how many clients are remembered.
	mostOffers = 256
)

// worth says whether a process should wait for the results of such a client, now that there
// is one.
func (h *holds) worth(offer fingerprint) bool {
	n := h.vain[offer]
	if n < enoughVain {
		return true
	}
	h.vain[offer] = n + 1
	return n%anotherTry == 0
}

// ended notes that a session's waiting is over, if it has waited at all.
func (h *holds) ended(s *session, resumed bool) {
	if s.held == nil {
		return
	}
	if resumed {
		delete(h.vain, s.held.offer)
		return
	}
	if h.vain == nil || len(h.vain) >= mostOffers {
		h.vain = map[fingerprint]int{}
	}
	h.vain[s.held.offer]++
}

// boundHeld sees to it that processes which wait for results leave the half of all places
// to others: the one that has waited longest leaves. Call with mu held.
func (p *pool) boundHeld() {
	var oldest *session
	n := 0
	for _, s := range p.idle {
		if s.held == nil {
			continue
		}
		if oldest == nil {
			oldest = s
		}
		n++
	}
	if n > max(1, p.config.MaxProcesses/2) {
		p.idle = slices.DeleteFunc(p.idle, func(s *session) bool { return s == oldest })
		p.kill(oldest) // not in vain: there was no room to see
	}
}
