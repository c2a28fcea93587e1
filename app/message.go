package app

import (
	"time"

	"claude-max-api-proxy/app/settings"
)

// Msg is something that happened or that somebody wants. The concrete types are
// those of this file.
type Msg interface{ msg() }

// Action is what a person can ask for, in the menu and on the command line.
type Action string

// The actions.
const (
	Start               Action = "start"
	Stop                Action = "stop"
	Restart             Action = "restart"
	Quit                Action = "quit"
	UseFreePort         Action = "use-free-port" // after PortTaken
	SignInToClaude      Action = "signin"
	CopyBaseURL         Action = "copy-base-url"
	CopyOpenClawConfig  Action = "copy-openclaw-config"
	SetUpOpenClaw       Action = "set-up-openclaw"
	ToggleLaunchAtLogin Action = "toggle-launch-at-login"
	ToggleNotifications Action = "toggle-notifications"
	OpenLog             Action = "open-log"
	ShowAbout           Action = "about"
)

// Do asks for an action. What makes no sense at the moment does nothing.
type Do struct{ Action Action }

// Started says that the run listens.
type Started struct {
	Run     int
	BaseURL string
}

// Ended is the last word of a run, also of one that never came to listen. Trouble
// is nil when it ended because it was told to.
type Ended struct {
	Run     int
	Trouble *Trouble
}

// Observed is how a run does.
type Observed struct {
	Run    int
	Now    time.Time
	Health Health
}

// RequestFailed says that a request failed, and why. Its number is the app's to give.
type RequestFailed struct {
	Run     int
	Failure Failure
}

// Ticked says what time it is, now and then.
type Ticked struct{ Now time.Time }

// Woke says that the machine slept or its clock was set.
type Woke struct{}

// LoginChanged says that somebody has just signed in, or tried to.
type LoginChanged struct{}

// SettingsRead brings the settings as they are now. Problem says why the file is
// not among them.
type SettingsRead struct {
	Settings settings.Settings
	Problem  string
}

// LaunchAtLoginSeen brings what the system says about it.
type LaunchAtLoginSeen struct{ Switch Switch }

func (Do) msg()                {}
func (Started) msg()           {}
func (Ended) msg()             {}
func (Observed) msg()          {}
func (RequestFailed) msg()     {}
func (Ticked) msg()            {}
func (Woke) msg()              {}
func (LoginChanged) msg()      {}
func (SettingsRead) msg()      {}
func (LaunchAtLoginSeen) msg() {}
