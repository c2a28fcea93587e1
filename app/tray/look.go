package tray

import (
	"fmt"
	"math"
	"time"

	"claude-max-api-proxy/app"
	"claude-max-api-proxy/assets"
)

// Look is all that a person sees.
type Look struct {
	Icon    assets.Icon
	Tooltip string
	Menu    []Item
}

// Item is a line of the menu. Their number and order never change: systems differ
// in how they cope with menus that do.
type Item struct {
	Title     string
	Action    app.Action // "" for a line that only tells
	Enabled   bool
	Hidden    bool
	Checkable bool
	Checked   bool
	Separator bool // nothing else counts then
}

// LookOf draws a state. Times of day are given in the location of now.
func LookOf(s app.State, now time.Time) Look {
	line := status(s)
	return Look{Icon: icon(s), Tooltip: "Claude Max API Proxy: " + line, Menu: menu(s, line, now)}
}

func icon(s app.State) assets.Icon {
	switch s.Phase {
	case app.Running:
		return assets.Running
	case app.Attention:
		return assets.Attention
	case app.Failed:
		return assets.Error
	case app.Starting, app.Stopping:
		return assets.Starting
	default:
		return assets.Stopped
	}
}

// status is the state in one line.
func status(s app.State) string {
	switch s.Phase {
	case app.Running:
		return "Running · " + s.BaseURL
	case app.Starting:
		return "Starting…"
	case app.Stopping:
		return "Stopping…"
	case app.Attention, app.Failed:
		return troubleLine(s)
	default:
		return "Stopped"
	}
}

func troubleLine(s app.State) string {
	t := s.Trouble
	switch t.Kind {
	case app.CLIMissing:
		return "Claude Code CLI not usable"
	case app.SignInNeeded:
		return "Sign-in needed"
	case app.LimitReached:
		return "Usage limit reached"
	case app.PortTaken:
		if t.Holder == "" {
			return fmt.Sprintf("Error: port %d is in use", s.Settings.Port)
		}
		return fmt.Sprintf("Error: port %d is used by %s", s.Settings.Port, t.Holder)
	case app.ListenerLost:
		return "Error: the proxy stopped by itself"
	case app.BadSettings:
		return "Error: the settings file is not right"
	default:
		return "Error: " + shorten(t.Message, 60)
	}
}

func menu(s app.State, line string, now time.Time) []Item {
	serving := s.Phase.Serving()
	needs := func(kind app.TroubleKind) bool { return s.Trouble != nil && s.Trouble.Kind == kind }
	button := func(title string, a app.Action, enabled bool) Item {
		return Item{Title: title, Action: a, Enabled: enabled}
	}
	only := func(shown bool, i Item) Item {
		i.Hidden = !shown
		return i
	}
	hint, limit := hintLine(s), limitLine(s.Health.Windows, now)
	return []Item{
		{Title: line},
		only(hint != "", Item{Title: hint}),
		only(limit != "", Item{Title: limit}),
		only(serving, Item{Title: fmt.Sprintf("Requests: %d · failed %d", s.Health.Requests, s.Health.Failed)}),
		{Separator: true},
		button("Copy Base URL", app.CopyBaseURL, serving),
		button("Copy OpenClaw Config", app.CopyOpenClawConfig, serving),
		button("Set Up OpenClaw…", app.SetUpOpenClaw, serving),
		{Separator: true},
		startOrStop(s),
		button("Restart Proxy", app.Restart, serving || s.Phase == app.Failed && !s.NoSettings),
		only(needs(app.PortTaken) && s.Trouble.FreePort != 0, button(freePortLine(s), app.UseFreePort, true)),
		only(needs(app.SignInNeeded), button("Sign In to Claude…", app.SignInToClaude, true)),
		{Separator: true},
		only(s.LaunchAtLogin != app.Unavailable, Item{
			Title: "Launch at Login", Action: app.ToggleLaunchAtLogin, Enabled: true,
			Checkable: true, Checked: s.LaunchAtLogin == app.On,
		}),
		{
			Title: "Notifications", Action: app.ToggleNotifications, Enabled: true,
			Checkable: true, Checked: s.Settings.Notifications,
		},
		button("Open Log", app.OpenLog, true),
		{Separator: true},
		button("About Claude Max API Proxy", app.ShowAbout, true),
		button("Quit", app.Quit, !s.Leaving),
	}
}

// startOrStop is one line, so that neither ever stands there in vain.
func startOrStop(s app.State) Item {
	switch s.Phase {
	case app.Stopped, app.Failed:
		return Item{Title: "Start Proxy", Action: app.Start, Enabled: !s.NoSettings}
	case app.Stopping:
		return Item{Title: "Start Proxy", Action: app.Start}
	default:
		return Item{Title: "Stop Proxy", Action: app.Stop, Enabled: true}
	}
}

// hintLine says what to do next, where no line below does.
func hintLine(s app.State) string {
	if s.Trouble == nil || s.Trouble.Kind == app.SignInNeeded || s.Trouble.FreePort != 0 {
		return ""
	}
	return shorten(s.Trouble.Hint, 90)
}

func freePortLine(s app.State) string {
	if s.Trouble == nil {
		return ""
	}
	return fmt.Sprintf("Use Port %d Instead", s.Trouble.FreePort)
}

// limitLine tells of the usage window that is nearest to its end.
func limitLine(windows []app.Window, now time.Time) string {
	var nearest *app.Window
	for i, w := range windows {
		switch {
		case w.Used < 0 && !w.Reached:
		case !w.ResetsAt.IsZero() && !now.Before(w.ResetsAt): // it has begun anew
		case nearest == nil || w.Reached && !nearest.Reached || w.Reached == nearest.Reached && w.Used > nearest.Used:
			nearest = &windows[i]
		}
	}
	if nearest == nil {
		return ""
	}
	line := nearest.Name + " limit"
	switch {
	case nearest.Reached:
		line += " reached"
	default:
		line += fmt.Sprintf(" %d %%", int(math.Floor(nearest.Used*100)))
	}
	if !nearest.ResetsAt.IsZero() {
		line += " · resets " + Clock(nearest.ResetsAt, now)
	}
	return line
}

// Clock gives a moment as a person says it: the time of day, with the day when it
// is not today's.
func Clock(t, now time.Time) string {
	t = t.In(now.Location())
	if t.YearDay() == now.YearDay() && t.Year() == now.Year() {
		return t.Format("15:04")
	}
	return t.Format("Mon 15:04")
}

// shorten cuts a text that would make the menu too wide.
func shorten(text string, most int) string {
	runes := []rune(text)
	if len(runes) <= most {
		return text
	}
	return string(runes[:most-1]) + "…"
}
