package notify

import (
	"time"

	"claude-max-api-proxy/app"
)

// policy decides what is worth a notice. It neither waits nor knows the time: the same
// calls always give the same verdicts. The zero value has heard nothing yet. It
// tells of
//
//   - troubles, once per episode (episode.go), and that they are over;
//   - usage windows, once per window (usage.go);
//   - failed requests, the first at once and then in bundles (failures.go);
//   - another CLI, and a settings file that is not in force (edges.go).
//
// While notices are switched off it tells nothing, but follows the episodes; what
// is still true when they are switched on is told then.
type policy struct {
	state   app.State // as last heard
	limiter limiter

	signInLost episode
	cliMissing episode
	down       downtime

	settingsTold string // the problem that was told of last
	cli          cliSeen
	usage        usage
	failures     failures
}

// verdict is what comes of a change, or of time: both fitted to what desktops show.
type verdict struct {
	shown     []app.Notice
	swallowed []app.Notice // by the limit on all notices; for the log
}

// news is what the policy would tell, if the limit allows.
type news struct {
	app.Notice
	exempt bool // from the limit: the first word of something urgent
}

// changed hears of a change of the state.
func (p *policy) changed(before, after app.State, now time.Time) verdict {
	p.state = after
	on := after.Settings.Notifications
	var heard []news
	heard = append(heard, p.signIn(before, after, now)...)
	back := p.cliThere(after, now)
	heard = append(heard, back...)
	heard = append(heard, p.down.follow(after, on)...)
	heard = append(heard, p.settings(after, on)...)
	heard = append(heard, p.usage.follow(after.Health.Windows, on, now)...)
	if replaced := p.cli.follow(after); on && len(back) == 0 { // what is back names its version
		heard = append(heard, replaced...)
	}
	p.failures.follow(before.LastFailure, after.LastFailure, on, now)

	var v verdict
	for _, n := range heard {
		p.pass(n, now, &v)
	}
	rest := p.due(now)
	v.shown = append(v.shown, rest.shown...)
	v.swallowed = append(v.swallowed, rest.swallowed...)
	return v
}

// due tells what was put off until now. What there is no room for is put off further.
func (p *policy) due(now time.Time) verdict {
	var v verdict
	if !p.state.Settings.Notifications {
		return v
	}
	p.failures.forget(p.told, now)
	for _, kind := range p.failures.ready(now) {
		if !p.limiter.room(now) {
			return v
		}
		p.pass(p.failures.tell(kind, now), now, &v)
	}
	if !p.reminder().IsZero() && passed(p.signInLost.told, now, reminderPeriod) && p.limiter.room(now) {
		p.signInLost.told = now
		p.pass(news{Notice: signInStillLost()}, now, &v)
	}
	return v
}

// next is when due has something to tell, unless the state changes before; zero for
// never.
func (p *policy) next(now time.Time) time.Time {
	if !p.state.Settings.Notifications {
		return time.Time{}
	}
	next := p.failures.next()
	if at := p.reminder(); !at.IsZero() && (next.IsZero() || at.Before(next)) {
		next = at
	}
	if room := p.limiter.roomAt(now); !next.IsZero() && next.Before(room) {
		next = room
	}
	return next
}

// pass puts a notice through the limit.
func (p *policy) pass(n news, now time.Time, v *verdict) {
	tail, ok := p.limiter.pass(n.exempt, now)
	if !ok {
		v.swallowed = append(v.swallowed, fit(n.Notice, ""))
		return
	}
	v.shown = append(v.shown, fit(n.Notice, tail))
}

// told says whether the state itself tells why requests of this kind fail. The names
// are those of the proxy's kinds of errors.
func (p *policy) told(kind string) bool {
	switch kind {
	case kindSignInNeeded:
		return p.signInLost.open
	case kindCLIMissing, kindCLIFailed:
		return p.cliMissing.open
	case kindUsageLimit:
		return needs(p.state, app.LimitReached)
	}
	return false
}

// needs says whether requests fail for this reason just now.
func needs(s app.State, kind app.TroubleKind) bool {
	return s.Phase == app.Attention && s.Trouble != nil && s.Trouble.Kind == kind
}

// passed says whether so much time went by. A clock that was set far back tells nothing
// of it, and silence until it has caught up would be the worse mistake.
func passed(since, now time.Time, d time.Duration) bool {
	return now.Sub(since).Abs() >= d
}
