package claude

import (
	"time"

	"claude-max-api-proxy/proxy/claude/transcript"
)

// The ways in which a request can get to the model, and what each costs until upstream is
// asked: medians on two shared cores, rounded, of both CLI versions. All are exact;
// the pool takes the cheapest.
//
//	a process that waits for these results of calls     30 ms
//	a process that keeps the conversation               30 ms, and for each turn that it has not heard
//	one that was prepared for such a beginning          60 ms, likewise
//	a spare                                             90 ms, likewise
//	a spare that reads a history                       150 ms, hardly more for each turn
//	a process that is not there yet                    600 ms more
//
// What a turn costs is the CLI's work on a line of stdin, and waiting until it has
// acknowledged it.
const (
	heldCost     = 30 * time.Millisecond
	keptCost     = 30 * time.Millisecond
	preparedCost = 60 * time.Millisecond
	spareCost    = 90 * time.Millisecond
	readCost     = 150 * time.Millisecond
	startCost    = 600 * time.Millisecond
	// comingCost is what is left of it, about, where a spare is on its way.
	comingCost = startCost / 2

	toldTurnCost = 3 * time.Millisecond
	readTurnCost = 200 * time.Microsecond
)

// way is one of them.
type way struct {
	cost    time.Duration
	session *session // nil for one that has to be started
	reads   bool     // of one to be started
	wait    bool     // for the spare on its way
}

// toldCost is that of telling turns line by line.
func toldCost(turns int) time.Duration { return time.Duration(turns) * toldTurnCost }

// readCostOf is the cost of what a process has to read, and of the turns behind that.
func (w want) readCostOf() time.Duration {
	past := transcript.Past(w.turns)
	return readCost + time.Duration(past)*readTurnCost + toldCost(len(w.turns)-past)
}

// mayRead says whether a process may be given the history to read. Upstream it is the same to
// the byte as when it is told.
func (w want) mayRead() bool {
	return w.recipe.installation.takesTranscripts() && transcript.Past(w.turns) > 0
}

// cheapest looks for the best way. It changes nothing but that it gives up processes that
// wait in vain, see kept. Call with mu held.
func (p *pool) cheapest(w want, spareFree bool) way {
	best := way{cost: startCost + toldCost(len(w.turns))}
	consider := func(other way) {
		if other.cost < best.cost {
			best = other
		}
	}
	if w.fresh {
		return best
	}
	if s := p.kept(w); s != nil {
		cost := keptCost + toldCost(len(w.turns)-s.turns)
		switch {
		case s.held != nil:
			cost = heldCost
		case s.turns == 0:
			cost = preparedCost + toldCost(len(w.turns))
		}
		consider(way{cost: cost, session: s})
	}
	spare := func(reads bool) time.Duration {
		if reads {
			return w.readCostOf()
		}
		return spareCost + toldCost(len(w.turns))
	}
	for _, s := range p.spares {
		if w.recipe.servedBy(s.recipe) && (s.pipe == nil || w.mayRead()) {
			consider(way{cost: spare(s.pipe != nil), session: s})
		}
	}
	// Rather wait for a spare on its way than start a second process beside it, which
	// would be slower for both.
	if c := p.coming; spareFree && c != nil && c.era == p.era && c.serves(w) {
		consider(way{cost: comingCost + spare(c.recipe.reads), wait: true})
	}
	if w.mayRead() {
		consider(way{cost: startCost + w.readCostOf(), reads: true})
	}
	return best
}

// worthReading is how much has to be gained before a process is kept ready that reads.
const worthReading = 50 * time.Millisecond

// reads says whether the next request of this conversation will be served better by a process
// that reads its history.
func (w want) reads() bool {
	return w.breaks > 0 && w.mayRead() && w.readCostOf()+worthReading < spareCost+toldCost(len(w.turns))
}

// way names what a request gets, for the log.
func (s *session) way(warm bool) string {
	switch {
	case s.held != nil:
		return "held"
	case s.turns > 0:
		return "kept"
	case s.pipe != nil && warm:
		return "reading spare"
	case s.pipe != nil:
		return "new, reading"
	case !warm:
		return "new"
	case s.initialized:
		return "prepared"
	}
	return "spare"
}
