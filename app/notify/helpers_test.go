package notify

import (
	"context"
	"flag"
	"os"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"claude-max-api-proxy/app"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// roles are what the test binary can play as a child; each returns its exit status.
var roles = map[string]func() int{}

const roleVariable = "NOTIFY_TEST_ROLE"

func TestMain(m *testing.M) {
	if role, ok := roles[os.Getenv(roleVariable)]; ok {
		os.Exit(role())
	}
	goleak.VerifyTestMain(m)
}

// noon is when the tests begin: a Monday.
var noon = time.Date(2026, time.November, 23, 12, 0, 0, 0, time.FixedZone("CET", 3600))

// running is a state without trouble.
func running() app.State {
	s := app.State{Phase: app.Running, BaseURL: "http://localhost:3456/v1"}
	s.Settings.Port, s.Settings.Notifications = 3456, true
	s.Health = app.Health{CLIPath: "/usr/bin/claude", CLIVersion: "2.1.330", SignIn: app.SignedIn}
	return s
}

// world plays the life of an app to a policy.
type world struct {
	policy policy
	state  app.State
	now    time.Time
	last   verdict
}

func newWorld() *world {
	w := &world{now: noon}
	w.state.Settings.Notifications = true
	w.to(func(s *app.State) { *s = running() })
	return w
}

// to changes the state and gives the titles of what is shown for it.
func (w *world) to(change func(*app.State)) []string {
	before := w.state
	change(&w.state)
	w.last = w.policy.changed(before, w.state, w.now)
	return titles(w.last.shown)
}

// wait lets time go by as the timer of a desk would.
func (w *world) wait(d time.Duration) []string {
	var shown []app.Notice
	for end := w.now.Add(d); ; {
		next := w.policy.next(w.now)
		if next.IsZero() || next.After(end) {
			w.now = end
			return titles(shown)
		}
		w.now = next
		w.last = w.policy.due(w.now)
		shown = append(shown, w.last.shown...)
	}
}

func (w *world) body() string { return w.last.shown[len(w.last.shown)-1].Body }

func titles(notices []app.Notice) []string {
	out := []string{}
	for _, n := range notices {
		out = append(out, n.Title)
	}
	return out
}

var none = []string{}

// The changes that tests are made of.

func attention(s *app.State, t app.Trouble) {
	s.Phase, s.Trouble = app.Attention, &t
}

func signedOut(s *app.State) {
	s.Health.SignIn = app.SignedOut
	attention(s, app.Trouble{Kind: app.SignInNeeded, Message: "Not signed in."})
}

func signedIn(s *app.State) {
	s.Health.SignIn = app.SignedIn
	s.Phase, s.Trouble = app.Running, nil
}

func noCLI(s *app.State) {
	s.Health.CLIPath, s.Health.CLIVersion = "", ""
	s.Health.CLIProblem, s.Health.CLIHint = "No Claude Code CLI was found.", "Install it."
	attention(s, app.Trouble{Kind: app.CLIMissing, Message: s.Health.CLIProblem, Hint: s.Health.CLIHint})
}

func cliFound(s *app.State) {
	s.Health.CLIPath, s.Health.CLIVersion, s.Health.CLIProblem, s.Health.CLIHint = "/usr/bin/claude", "2.1.330", "", ""
	s.Phase, s.Trouble = app.Running, nil
}

func failed(kind string) func(*app.State) {
	return func(s *app.State) {
		s.LastFailure.Number++
		s.LastFailure.Kind, s.LastFailure.Message = kind, "Anthropic answered with status 500."
	}
}

func stopping(s *app.State) { s.Phase, s.Trouble, s.BaseURL = app.Stopping, nil, "" }

func starting(s *app.State) {
	s.Phase, s.Trouble, s.Health = app.Starting, nil, app.Health{}
}

func started(s *app.State) { s.Phase, s.BaseURL = app.Running, "http://localhost:3456/v1" }

func down(t app.Trouble) func(*app.State) {
	return func(s *app.State) {
		s.Phase, s.Health, s.BaseURL, s.Trouble = app.Failed, app.Health{}, "", &t
	}
}

func notifications(on bool) func(*app.State) {
	return func(s *app.State) { s.Settings.Notifications = on }
}

func window(w app.Window) func(*app.State) {
	return func(s *app.State) { s.Health.Windows = []app.Window{w} }
}

// fakeSender shows notices to a test.
type fakeSender struct {
	mu     sync.Mutex
	shown  []app.Notice
	send   func(ctx context.Context, n app.Notice) error // nil succeeds
	closed bool
}

func (f *fakeSender) Send(ctx context.Context, n app.Notice) error {
	if f.send != nil {
		if err := f.send(ctx, n); err != nil {
			return err
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.shown = append(f.shown, n)
	return nil
}

func (f *fakeSender) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed = true
	return nil
}

func (f *fakeSender) titles() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return titles(f.shown)
}
