package app

import (
	"time"

	"claude-max-api-proxy/app/settings"
)

// Phase is where the proxy stands in its life.
//
//	          Start            Started            trouble that a person can mend
//	Stopped ────────► Starting ───────► Running ◄────────────► Attention
//	   ▲                 │                 │  Stop, Restart, Quit   │
//	   │                 │ Ended           ▼                       ▼
//	   └─────────────────┼──────────── Stopping ◄──────────────────┘
//	                     ▼                         Ended, unasked
//	                   Failed ◄──────────────────── Running, Attention
type Phase string

// The phases. Clients are answered in Running and Attention, and in no other.
const (
	Stopped   Phase = "stopped"
	Starting  Phase = "starting"
	Running   Phase = "running"
	Attention Phase = "attention" // listening, but requests fail until somebody does something
	Stopping  Phase = "stopping"  // no longer listening; running requests may finish
	Failed    Phase = "failed"    // it was wanted, and does not run
)

// Serving says whether clients are answered.
func (p Phase) Serving() bool { return p == Running || p == Attention }

// State is all that the app knows. Views draw it and keep no truth of their own.
type State struct {
	Phase   Phase
	BaseURL string // where clients reach the proxy, as "http://localhost:3456/v1"; while serving
	// Trouble says why the phase is Attention or Failed; nil in all others.
	Trouble *Trouble
	// Health is what is known of the running proxy; zero while there is none.
	Health Health
	// LastFailure is the last request that failed; its Number is 0 for none.
	LastFailure Failure

	// Settings are those in force. They hold the API key: never print them.
	Settings settings.Settings
	// SettingsProblem says why the settings file is not in force; "" when it is.
	SettingsProblem string
	// NoSettings says that it never was: nothing starts with settings that nobody chose.
	NoSettings bool
	// LaunchAtLogin is what the system says, not what was clicked last.
	LaunchAtLogin Switch
	// Leaving says that the app ends once the proxy has stopped.
	Leaving bool

	run    int  // number of the run that was started last; messages of others are old
	ended  int  // number of the run that ended last
	revive bool // Stopping: start again afterwards
}

// Runs counts the runs that were started so far.
func (s State) Runs() int { return s.run }

// Ended counts the runs that have ended.
func (s State) Ended() int { return s.ended }

// Switch is something that can be on or off, or is not to be had here.
type Switch string

// The positions of a switch.
const (
	Unavailable Switch = ""
	On          Switch = "on"
	Off         Switch = "off"
)

// Trouble is why requests cannot be answered, for people.
type Trouble struct {
	Kind    TroubleKind
	Message string // what happened, to what
	Hint    string // what to do next; may be empty

	// Holder is the program that has the port, as "nginx (process 812)", and
	// FreePort the next one that nobody has; PortTaken only, empty when unknown.
	Holder   string
	FreePort int
	// Until is when a used-up limit starts anew; zero when unknown.
	Until time.Time
	// Err is the cause, for whoever started the app from a terminal; may be nil.
	Err error
}

// TroubleKind tells the troubles apart that are shown in their own way.
type TroubleKind string

// The kinds: the first three leave the proxy listening.
const (
	CLIMissing   TroubleKind = "cli_missing"
	SignInNeeded TroubleKind = "sign_in_needed"
	LimitReached TroubleKind = "limit_reached"

	PortTaken    TroubleKind = "port_taken"
	ListenerLost TroubleKind = "listener_lost" // it ran, and stopped by itself
	BadSettings  TroubleKind = "bad_settings"
	CannotStart  TroubleKind = "cannot_start" // anything else
)

// Unwrap gives the cause.
func (t *Trouble) Unwrap() error { return t.Err }

// Error gives message and hint as one line.
func (t *Trouble) Error() string {
	if t.Hint == "" {
		return t.Message
	}
	return t.Message + " " + t.Hint
}

// Health is how a running proxy does, as last seen. Seeing costs nothing upstream.
type Health struct {
	CLIPath, CLIVersion string
	// CLIProblem says why there is no usable CLI; "" when there is one, or it is
	// not known yet.
	CLIProblem, CLIHint string
	SignIn              SignIn
	Windows             []Window // of the plan's usage, as far as they are known
	Requests, Failed    int64    // since the proxy was started
}

// SignIn is what is known of the CLI's login.
type SignIn string

// What was last seen of the login.
const (
	SignInUnknown SignIn = ""
	SignedIn      SignIn = "signed_in"
	SignedOut     SignIn = "signed_out"
)

// Window is one usage window of the plan.
type Window struct {
	Name     string    // as "5-hour"
	Used     float64   // 0 to 1; negative when unknown
	ResetsAt time.Time // zero when unknown
	Reached  bool      // requests are refused until the reset
}

// Failure is a request that failed through no fault of the caller's.
type Failure struct {
	Number  int    // counts from 1
	Kind    string // failures of one kind are told together
	Message string // never holds prompt or answer text
}
