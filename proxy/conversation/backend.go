package conversation

import "time"

// Model is one name that a client can ask for.
type Model struct {
	ID   string
	Name string // for people; may be empty
}

// SignIn says what is known of the CLI's login without asking upstream.
type SignIn string

// What was last seen of the login.
const (
	SignInUnknown SignIn = "unknown"
	SignedIn      SignIn = "signed_in"
	SignedOut     SignIn = "signed_out"
)

// Status is how a backend is doing, as last seen. Asking for it costs nothing
// upstream.
type Status struct {
	CLIPath    string // "" when none was found
	CLIVersion string // "" until it was learned
	// Problem says why no request can be answered now, for people; nil for none.
	Problem  *Error
	SignIn   SignIn
	SignInAt time.Time // when SignIn was seen; zero for never
	// Windows are the plan's usage windows, as far as upstream has told of them.
	Windows []Window
	// Processes counts the CLI processes of each kind.
	Processes ProcessCount
}

// Window is one usage window of the plan.
type Window struct {
	Name     string    // for people, as "5-hour"
	Used     *float64  // 0 to 1; nil when unknown
	ResetsAt time.Time // zero when unknown
	Reached  bool      // requests that count for it are refused until the reset
}

// ProcessCount counts processes, and the requests that wait for one.
type ProcessCount struct {
	Starting int // on their way, for a request or ahead of one
	Warm     int // started ahead, told nothing yet
	Busy     int // answering
	Idle     int // keeping a conversation that may go on
	Max      int
	Queued   int
}
