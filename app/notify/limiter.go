package notify

import (
	"fmt"
	"slices"
	"time"
)

// In all, so many notices may be shown within so long.
const (
	limitCount  = 6
	limitPeriod = time.Hour
)

// limiter keeps any combination of troubles from burying a person in notices.
type limiter struct {
	shown     []time.Time // within the last period, oldest first
	swallowed int         // since the last that was shown
}

// room says whether a notice that is not exempt would pass.
func (l *limiter) room(now time.Time) bool { return !l.roomAt(now).After(now) }

// roomAt is when a notice that is not exempt would pass.
func (l *limiter) roomAt(now time.Time) time.Time {
	l.shown = slices.DeleteFunc(l.shown, func(at time.Time) bool { return passed(at, now, limitPeriod) })
	if len(l.shown) < limitCount {
		return now
	}
	return l.shown[len(l.shown)-limitCount].Add(limitPeriod)
}

// pass lets a notice through or swallows it. One that is shown carries the tail, which
// tells how many were not.
func (l *limiter) pass(exempt bool, now time.Time) (tail string, ok bool) {
	if !l.room(now) && !exempt {
		l.swallowed++
		return "", false
	}
	l.shown = append(l.shown, now)
	switch l.swallowed {
	case 0:
	case 1:
		tail = "… and 1 more notice, see the log"
	default:
		tail = fmt.Sprintf("… and %d more notices, see the log", l.swallowed)
	}
	l.swallowed = 0
	return tail, true
}
