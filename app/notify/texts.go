package notify

import (
	"fmt"
	"math"
	"time"

	"claude-max-api-proxy/app"
)

// All that is ever said, but for the answers to clicks. Each says what happened in the
// title, and what to do in the body. Urgent is what somebody has to mend.

func signInLost() app.Notice {
	return app.Notice{
		Title: "Claude needs you to sign in", Urgent: true,
		Body: "Claude Code is not signed in any more, and requests fail. " + howToSignIn,
	}
}

func signInStillLost() app.Notice {
	return app.Notice{
		Title: "Claude still needs you to sign in", Urgent: true,
		Body: "Requests fail until then. " + howToSignIn,
	}
}

const howToSignIn = "Choose Sign In to Claude… in the menu, or run claude-max-api signin."

func signedInAgain() app.Notice {
	return app.Notice{Title: "Signed in again", Body: "Requests are answered again."}
}

func cliMissing(t app.Trouble) app.Notice {
	return app.Notice{Title: "Claude Code is not usable", Body: t.Error(), Urgent: true}
}

func cliBack(h app.Health) app.Notice {
	body := "Requests are answered again."
	if h.CLIVersion != "" {
		body = fmt.Sprintf("Version %s is in use. %s", h.CLIVersion, body)
	}
	return app.Notice{Title: "Claude Code is back", Body: body}
}

func cliUpdated(from, to string) app.Notice {
	return app.Notice{
		Title: "Claude Code was updated",
		Body:  fmt.Sprintf("Version %s is in use now; it was %s. There is nothing to do.", to, from),
	}
}

func cliMoved(to string) app.Notice {
	return app.Notice{Title: "Another Claude Code is in use", Body: "It is " + to + ". There is nothing to do."}
}

// notRunning is a proxy that was wanted and does not run.
func notRunning(s app.State) app.Notice {
	t := s.Trouble
	n := app.Notice{Title: "The proxy could not start", Body: t.Error(), Urgent: true}
	switch t.Kind {
	case app.PortTaken:
		n.Title = fmt.Sprintf("Port %d is in use", s.Settings.Port)
		n.Body = portTaken(t)
	case app.ListenerLost:
		n.Title = "The proxy has stopped"
	case app.BadSettings:
		n.Title = "The settings file is not right"
	}
	return n
}

// portTaken says who has the port, and what to do in the menu and elsewhere.
func portTaken(t *app.Trouble) string {
	says := "The proxy cannot start."
	if t.Holder != "" {
		says = "The proxy cannot start, because " + t.Holder + " has the port."
	}
	if t.Hint != "" {
		says += " " + t.Hint
	}
	if t.FreePort != 0 {
		says += fmt.Sprintf(" In the menu: Use Port %d Instead.", t.FreePort)
	}
	return says
}

func settingsProblem(s app.State) app.Notice {
	n := app.Notice{Title: "The settings file is not right", Body: s.SettingsProblem}
	if !(s.Phase == app.Failed && s.Trouble != nil && s.Trouble.Kind == app.BadSettings) {
		n.Body = "The former settings stay in force. " + n.Body
	}
	return n
}

func windowUsed(w app.Window, now time.Time) app.Notice {
	at := resetTime(w.ResetsAt, now)
	if w.Reached {
		body := "Requests are refused for now. Another model may have a limit of its own."
		if at != "" {
			body = "It resets " + at + "; requests are refused until then. Another model may have a limit of its own."
		}
		return app.Notice{Title: fmt.Sprintf("The %s limit is reached", w.Name), Body: body}
	}
	body := "Requests will be refused when it is used up."
	if at != "" {
		body = "It resets " + at + "."
	}
	return app.Notice{Title: fmt.Sprintf("The %s limit is %.0f %% used", w.Name, math.Floor(w.Used*100)), Body: body}
}

// resetTime says when, as "at 14:05", with the day when that is another one; "" when
// it is not known.
func resetTime(at, now time.Time) string {
	if at.IsZero() {
		return ""
	}
	at = at.In(now.Location())
	if at.Year() == now.Year() && at.YearDay() == now.YearDay() {
		return at.Format("at 15:04")
	}
	return at.Format("on Mon 2 Jan at 15:04")
}

func requestsFailed(count int, more bool, message string) app.Notice {
	n := app.Notice{Body: message}
	switch {
	case count == 1 && !more:
		n.Title = "A request failed"
	case count == 1:
		n.Title = "1 more request failed"
	case more:
		n.Title = fmt.Sprintf("%d more requests failed", count)
	default:
		n.Title = fmt.Sprintf("%d requests failed", count)
	}
	if count > 1 {
		n.Body = "The last one: " + message
	}
	return n
}
