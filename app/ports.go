package app

import (
	"context"

	"claude-max-api-proxy/app/settings"
)

// Ports are what the controller needs of the world. One that is nil is not to be
// had here; only Open and ReadSettings are required. They are called
// one after the other, except Open, and may take their time within reason.
type Ports struct {
	// Open makes a proxy that listens. Its error may be a [*Trouble]. Report tells the
	// controller what happens in the run; it may be called from any goroutine.
	Open func(ctx context.Context, s settings.Settings, r Report) (Run, error)
	// ReadSettings gives the settings as they are now.
	ReadSettings func() SettingsRead
	// UsePort and SetNotifications change a setting for good.
	UsePort          func(port int) error
	SetNotifications func(on bool) error
	// LaunchAtLogin asks and tells the system.
	LaunchAtLogin LaunchAtLogin
	// Copy puts a text on the clipboard.
	Copy func(text string) error
	// OpenClawConfig makes the configuration that OpenClaw needs.
	OpenClawConfig func(baseURL string) (string, error)
	// Errands are the actions that need nothing of the controller.
	Errands map[Action]func(State) error
	// Tell shows a notice on the desktop; it must not block.
	Tell func(Notice)
}

// Run is one run of the proxy, from its listening to its end.
type Run interface {
	BaseURL() string
	// Serve answers until ctx ends, and nil when it ended for that. The run is
	// over when it returns, and has left nothing behind.
	Serve(ctx context.Context) error
	// Health must not wait for anything.
	Health() Health
	// Recheck looks again at what may have changed behind the run's back; newLogin
	// says that somebody may have signed in. An error says that the run does not
	// answer; it is asked again for a while.
	Recheck(ctx context.Context, newLogin bool) error
}

// Report is what a run has to tell meanwhile. Neither function blocks.
type Report struct {
	Changed func()        // Health may have changed
	Failed  func(Failure) // a request failed
}

// LaunchAtLogin is the system's list of what starts with the session.
type LaunchAtLogin interface {
	Enabled() (bool, error)
	Enable() error
	Disable() error
}

// Notice is a message on the desktop. It never holds prompt or answer text.
type Notice struct {
	Title, Body string
	Urgent      bool // stays until it is seen, where the desktop can
}

// View is told of every change of the state, in order. Changed must not block, and
// must not wait for the controller.
type View interface {
	Changed(before, after State)
}
