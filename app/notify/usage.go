package notify

import (
	"slices"
	"time"

	"claude-max-api-proxy/app"
)

const (
	// nearlyUsed is the part of a window from which on a person should know.
	nearlyUsed = 0.8
	// resetSlack is how far two accounts of one reset may lie apart: some give the
	// time, others the seconds until then.
	resetSlack = 5 * time.Minute
)

// usage is the windows that were told of.
type usage []toldWindow

type toldWindow struct {
	name     string
	resetsAt time.Time // zero while unknown
	reached  bool
}

// follow gives the news of windows that are nearly or wholly used up.
func (u *usage) follow(windows []app.Window, on bool, now time.Time) []news {
	*u = slices.DeleteFunc(*u, func(t toldWindow) bool {
		return !t.resetsAt.IsZero() && now.After(t.resetsAt.Add(2*resetSlack))
	})
	var heard []news
	for _, w := range windows {
		if !w.ResetsAt.IsZero() && !now.Before(w.ResetsAt) {
			continue // what is known of it is old
		}
		at := slices.IndexFunc(*u, func(t toldWindow) bool { return t.is(w) })
		switch {
		case !w.Reached && w.Used < nearlyUsed:
			if at >= 0 && (*u)[at].resetsAt.IsZero() { // no date tells it from the next one
				*u = slices.Delete(*u, at, at+1)
			}
		case !on:
		case at < 0:
			*u = append(*u, toldWindow{w.Name, w.ResetsAt, w.Reached})
			heard = append(heard, news{windowUsed(w, now), w.Reached})
		default:
			told := &(*u)[at]
			if told.resetsAt.IsZero() {
				told.resetsAt = w.ResetsAt
			}
			if w.Reached && !told.reached {
				told.reached = true
				heard = append(heard, news{windowUsed(w, now), w.Reached})
			}
		}
	}
	return heard
}

// is says whether it is the same window, and not the one after its reset.
func (t toldWindow) is(w app.Window) bool {
	return t.name == w.Name &&
		(t.resetsAt.IsZero() || w.ResetsAt.IsZero() || t.resetsAt.Sub(w.ResetsAt).Abs() <= resetSlack)
}
