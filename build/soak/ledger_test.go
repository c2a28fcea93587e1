package soak

import (
	"fmt"
	"slices"
	"sync"
	"time"
)

// ledger has all that came of the requests so far.
type ledger struct {
	mu       sync.Mutex
	total    int
	verdicts map[verdict]int
	first    map[string][]time.Duration // streams: until the first text, by way
	whole    map[string][]time.Duration // blocking ones: the answer, by way
	bad      []string                   // what was wrong, in words
}

func newLedger() *ledger {
	return &ledger{
		verdicts: map[verdict]int{},
		first:    map[string][]time.Duration{}, whole: map[string][]time.Duration{},
	}
}

// mostBad bounds how much of what is wrong is told.
const mostBad = 20

func (l *ledger) note(q request, s *seen, v verdict, why string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.total++
	l.verdicts[v]++
	if (v == wrong || v == hung) && len(l.bad) < mostBad {
		l.bad = append(l.bad, fmt.Sprintf("%s: %s\n  request %s of %d messages, stream %v, tools %q, %s, way %q, kill %q %q, leaves %q; status %d, error %q, after %s",
			v, why, q.mark, len(q.messages), q.stream, q.tools, q.deed, q.way, q.fate, q.kills, q.leaves, s.status, s.failed, s.whole.Round(time.Millisecond)))
	}
	if v != right || q.way == "" || q.fate != spared || q.kills != never {
		return
	}
	if q.stream {
		l.first[q.way] = append(l.first[q.way], s.first)
	} else {
		l.whole[q.way] = append(l.whole[q.way], s.whole)
	}
}

func (l *ledger) requests() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.total
}

func (l *ledger) count(v verdict) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.verdicts[v]
}

// quantiles are the median, the 95th and the 99th of a hundred.
func quantiles(all []time.Duration) (p50, p95, p99 time.Duration) {
	if len(all) == 0 {
		return 0, 0, 0
	}
	sorted := slices.Sorted(slices.Values(all))
	at := func(n int) time.Duration { return sorted[min(len(sorted)-1, len(sorted)*n/100)] }
	return at(50), at(95), at(99)
}
