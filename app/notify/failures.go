package notify

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"claude-max-api-proxy/app"
)

// The kinds of failures that are causes in the state, too, and one that is none: who
// stops the proxy knows that it stops.
const (
	kindSignInNeeded = "sign_in_needed"
	kindCLIMissing   = "cli_missing"
	kindCLIFailed    = "cli_failed" // which may be why it is missing: it ends at once
	kindUsageLimit   = "usage_limit"
	kindShuttingDown = "shutting_down"
)

const (
	// failurePeriod is how long failures of a kind are collected after one was told.
	failurePeriod = 5 * time.Minute
	// causePatience is how long a failure waits for the state to tell its cause. The
	// request fails, and then the proxy's health is looked at: without it, the first
	// request without a login would bring two notices.
	causePatience = 3 * time.Second
)

// failures are the failed requests that nobody was told of, by kind.
type failures map[string]*tally

type tally struct {
	told time.Time // when this kind was last told of; zero for never

	held    int       // how many were not told
	due     time.Time // when they are, if any
	more    bool      // they came soon after those that were told
	message string    // of the last one
}

// follow counts what failed between two states.
func (f *failures) follow(before, after app.Failure, on bool, now time.Time) {
	if !on {
		for _, t := range *f {
			t.held = 0
		}
		return
	}
	count := after.Number - before.Number
	if count <= 0 || after.Kind == kindShuttingDown {
		return
	}
	if *f == nil {
		*f = failures{}
	}
	t := (*f)[after.Kind]
	if t == nil {
		t = &tally{}
		(*f)[after.Kind] = t
	}
	if t.held == 0 {
		t.due = now
		switch after.Kind {
		case kindSignInNeeded, kindCLIMissing, kindCLIFailed, kindUsageLimit:
			t.due = now.Add(causePatience)
		}
		t.more = !t.told.IsZero() && !passed(t.told, now, failurePeriod)
		if t.more {
			t.due = t.told.Add(failurePeriod)
		}
	}
	t.held += count
	t.message = after.Message
}

// forget drops those whose cause is told otherwise, and what is of no use any more.
func (f failures) forget(told func(kind string) bool, now time.Time) {
	for kind, t := range f {
		if told(kind) {
			t.held = 0
		}
		if t.held == 0 && passed(t.told, now, failurePeriod) {
			delete(f, kind)
		}
	}
}

// ready gives the kinds that are to be told of, those first that waited longest.
func (f failures) ready(now time.Time) []string {
	return slices.SortedFunc(func(yield func(string) bool) {
		for kind, t := range f {
			// A clock that was set back must not put it off.
			late := now.Before(t.due.Add(-failurePeriod))
			if t.held > 0 && (late || !now.Before(t.due)) && !yield(kind) {
				return
			}
		}
	}, func(a, b string) int {
		return cmp.Or(f[a].due.Compare(f[b].due), cmp.Compare(a, b))
	})
}

// tell gives the news of a kind; it has been told then.
func (f failures) tell(kind string, now time.Time) news {
	t := f[kind]
	n := news{Notice: requestsFailed(t.held, t.more, t.message)}
	*t = tally{told: now}
	return n
}

// next is when a kind will be ready; zero for never.
func (f failures) next() time.Time {
	var next time.Time
	for t := range maps.Values(f) {
		if t.held > 0 && (next.IsZero() || t.due.Before(next)) {
			next = t.due
		}
	}
	return next
}
