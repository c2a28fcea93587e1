package app

import (
	"reflect"
	"time"
)

// step decides what a message means in a state. It is pure: the same state and
// message always give the same result. What makes no sense, and what comes from an
// old run, changes nothing.
func step(s State, m Msg) (State, []Effect) {
	if s.Leaving && s.Phase != Stopping {
		return s, nil // the last effect was to leave
	}
	switch m := m.(type) {
	case Do:
		return act(s, m.Action)
	case Started:
		if m.Run == s.run && s.Phase == Starting {
			s.Phase, s.BaseURL = Running, m.BaseURL
			return s, nil
		}
	case Ended:
		if m.Run == s.run {
			return ended(s, m.Trouble)
		}
	case Observed:
		if m.Run == s.run && s.Phase.Serving() {
			s.Health = m.Health
			return judged(s, m.Now), nil
		}
	case RequestFailed:
		if m.Run == s.run {
			number := s.LastFailure.Number + 1
			s.LastFailure = m.Failure
			s.LastFailure.Number = number
		}
	case Ticked:
		if s.Phase.Serving() {
			return judged(s, m.Now), nil
		}
	case Woke:
		if s.Phase.Serving() {
			return s, []Effect{recheck{s.run, false}}
		}
	case LoginChanged:
		if s.Phase.Serving() {
			return s, []Effect{recheck{s.run, true}}
		}
	case SettingsRead:
		return settingsRead(s, m)
	case LaunchAtLoginSeen:
		s.LaunchAtLogin = m.Switch
	}
	return s, nil
}

// act carries out what a person asked for.
func act(s State, a Action) (State, []Effect) {
	switch a {
	case Start:
		switch s.Phase {
		case Stopped, Failed:
			return started(s)
		case Stopping:
			s.revive = !s.Leaving
		}
	case Stop:
		switch s.Phase {
		case Starting, Running, Attention:
			return stopping(s)
		case Stopping:
			s.revive = false
		case Failed:
			s.Phase, s.Trouble = Stopped, nil
		}
	case Restart:
		return restarted(s)
	case Quit:
		s.Leaving, s.revive = true, false
		switch s.Phase {
		case Starting, Running, Attention:
			return stopping(s)
		case Stopped, Failed:
			return s, []Effect{leave{}}
		}
	case UseFreePort:
		if s.Trouble != nil && s.Trouble.FreePort != 0 {
			return s, []Effect{usePort{s.Trouble.FreePort}} // the new settings start it
		}
	case CopyBaseURL:
		if s.BaseURL != "" {
			return s, []Effect{copyBaseURL{s.BaseURL}}
		}
	case CopyOpenClawConfig:
		if s.BaseURL != "" {
			return s, []Effect{copyOpenClawConfig{s.BaseURL}}
		}
	case ToggleLaunchAtLogin:
		if s.LaunchAtLogin != Unavailable {
			return s, []Effect{toggleLaunchAtLogin{}}
		}
	case ToggleNotifications:
		return s, []Effect{toggleNotifications{}}
	case SignInToClaude, SetUpOpenClaw, OpenLog, ShowAbout:
		return s, []Effect{errand{a}}
	}
	return s, nil
}

// withoutSettings is the end of a start when there are no settings to start with.
func withoutSettings(s State) State {
	s.Phase, s.revive = Failed, false
	s.Trouble = &Trouble{Kind: BadSettings, Message: s.SettingsProblem, Hint: "It starts as soon as the file is right."}
	return s
}

// started begins a new run with the settings in force.
func started(s State) (State, []Effect) {
	if s.NoSettings {
		return withoutSettings(s), nil
	}
	s.run++
	s.Phase, s.Trouble, s.revive = Starting, nil, false
	s.Health, s.BaseURL = Health{}, ""
	return s, []Effect{startRun{s.run, s.Settings}}
}

func stopping(s State) (State, []Effect) {
	s.Phase, s.Trouble, s.BaseURL, s.Health = Stopping, nil, "", Health{}
	return s, []Effect{stopRun{s.run}}
}

// restarted ends the run, if there is one, and begins another.
func restarted(s State) (State, []Effect) {
	switch s.Phase {
	case Starting, Running, Attention:
		s.revive = true
		return stopping(s)
	case Stopping:
		s.revive = !s.Leaving
		return s, nil
	}
	return started(s)
}

// ended is the end of the run: asked for, or not.
func ended(s State, why *Trouble) (State, []Effect) {
	s.Health, s.BaseURL, s.ended = Health{}, "", s.run
	switch s.Phase {
	case Starting, Running, Attention:
		if why == nil { // nobody asked it to end
			why = &Trouble{Kind: ListenerLost, Message: "The proxy stopped by itself.", Hint: "Start it again; the log may say more."}
		}
		s.Phase, s.Trouble = Failed, why
	case Stopping:
		switch s.Phase = Stopped; {
		case s.Leaving:
			return s, []Effect{leave{}}
		case s.revive:
			return started(s)
		}
	}
	return s, nil
}

// judged tells Running from Attention.
func judged(s State, now time.Time) State {
	s.Trouble = trouble(s.Health, now)
	s.Phase = Running
	if s.Trouble != nil {
		s.Phase = Attention
	}
	return s
}

// trouble is what a person has to know or do before requests are answered again.
func trouble(h Health, now time.Time) *Trouble {
	switch {
	case h.CLIProblem != "":
		return &Trouble{Kind: CLIMissing, Message: h.CLIProblem, Hint: h.CLIHint}
	case h.SignIn == SignedOut:
		return &Trouble{
			Kind: SignInNeeded, Message: "Claude Code is not signed in, or its login is no longer accepted.",
			Hint: "Sign in to Claude in the menu, or run claude-max-api signin.",
		}
	}
	for _, w := range h.Windows {
		if w.Reached && (w.ResetsAt.IsZero() || now.Before(w.ResetsAt)) {
			t := &Trouble{
				Kind: LimitReached, Message: "The plan's " + w.Name + " usage limit is reached.",
				Hint: "Wait for the reset, or use another model if its limit is a separate one.", Until: w.ResetsAt,
			}
			return t
		}
	}
	return nil
}

// settingsRead puts new settings in force. Those of the proxy need a new run.
func settingsRead(s State, m SettingsRead) (State, []Effect) {
	s.SettingsProblem = m.Problem
	if m.Problem != "" {
		return s, nil // the former ones stay in force
	}
	before, now := s.Settings, m.Settings
	s.Settings, s.NoSettings = now, false
	// These two are the app's own, and hold at once.
	before.Notifications, before.LogLevel = now.Notifications, now.LogLevel
	mended := s.Phase == Failed && s.Trouble.Kind == BadSettings
	if reflect.DeepEqual(before, now) && !mended {
		return s, nil
	}
	switch s.Phase {
	case Starting, Running, Attention, Failed:
		return restarted(s)
	case Stopped, Stopping: // whatever follows takes the new ones
	}
	return s, nil
}
