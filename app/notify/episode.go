package notify

import (
	"time"

	"claude-max-api-proxy/app"
)

// reminderPeriod is how long a lost sign-in is not spoken of again.
const reminderPeriod = 6 * time.Hour

// episode is a trouble of a running proxy, from its beginning to its end. A restart of
// the proxy empties what is known of it, and ends no episode: only better knowledge does.
type episode struct {
	open bool
	told time.Time // the last time; zero when not told of yet
}

// signIn follows the login.
func (p *policy) signIn(before, after app.State, now time.Time) []news {
	e, on := &p.signInLost, after.Settings.Notifications
	switch {
	case needs(after, app.SignInNeeded):
		e.open = true
		if on && e.told.IsZero() {
			e.told = now
			return []news{{signInLost(), true}}
		}
	case !e.open || !after.Phase.Serving():
	case after.Health.SignIn == app.SignedIn:
		told := !e.told.IsZero()
		*e = episode{}
		if on && told {
			return []news{{signedInAgain(), true}} // the last word must not be that it is lost
		}
	case needs(before, app.SignInNeeded) && after.Health.SignIn == app.SignInUnknown && after.Trouble == nil:
		*e = episode{} // gone within a run, though nobody knows whether for good
	}
	return nil
}

// reminder is when to speak of a lost sign-in again; zero when there is nothing to
// remind of.
func (p *policy) reminder() time.Time {
	if e := p.signInLost; e.open && !e.told.IsZero() && needs(p.state, app.SignInNeeded) {
		return e.told.Add(reminderPeriod)
	}
	return time.Time{}
}

// cliThere follows whether there is a CLI.
func (p *policy) cliThere(after app.State, now time.Time) []news {
	e, on, h := &p.cliMissing, after.Settings.Notifications, after.Health
	switch {
	case needs(after, app.CLIMissing):
		e.open = true
		if on && e.told.IsZero() {
			e.told = now
			return []news{{cliMissing(*after.Trouble), true}}
		}
	case e.open && after.Phase.Serving() && h.CLIProblem == "" && (h.CLIPath != "" || h.CLIVersion != ""):
		told := !e.told.IsZero()
		*e = episode{}
		if on && told {
			return []news{{cliBack(h), true}}
		}
	}
	return nil
}

// downtime is the time between a failure of the whole proxy and its next service. One
// that fails for another reason when it is started again has a new trouble.
type downtime struct {
	kind    app.TroubleKind
	message string
	told    bool
}

func (d *downtime) follow(after app.State, on bool) []news {
	switch {
	case after.Phase == app.Failed && after.Trouble != nil:
		t := after.Trouble
		if d.kind != t.Kind || d.message != t.Message {
			*d = downtime{kind: t.Kind, message: t.Message}
		}
		if on && !d.told {
			d.told = true
			return []news{{notRunning(after), true}}
		}
	case after.Phase.Serving(), after.Phase == app.Stopped: // Stopped is what a person asked for
		*d = downtime{}
	}
	return nil
}
