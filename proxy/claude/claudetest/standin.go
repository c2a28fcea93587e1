package claudetest

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"net"
	"os"
	"slices"
	"sync"
	"syscall"
	"testing"
)

// Stage is a moment in the life of the stand-in, named after what it is about to
// do.
type Stage string

// The stages, in the order of a healthy life.
const (
	// Start is before anything was read; Event.Args and Event.Env are set.
	Start Stage = "start"
	// AuthStatus is `claude auth status`; the process ends after it.
	AuthStatus Stage = "auth status"
	// Resumed is after the session that --resume names was read; Event.Line is what was in it.
	Resumed Stage = "resumed"
	// Version, Initialize and Settings answer the control requests of these names.
	Version    Stage = "get_binary_version"
	Initialize Stage = "initialize"
	Settings   Stage = "apply_flag_settings"
	// Past takes over an assistant line, which has no answer.
	Past Stage = "past"
	// Silent acknowledges a user line that asks nothing.
	Silent Stage = "silent"
	// Turn begins to answer a user line: nothing went upstream yet.
	Turn Stage = "turn"
	// Requested is after the line that says that upstream is asked.
	Requested Stage = "requested"
	// Text is after the first text delta.
	Text Stage = "text"
	// Finished is after the turn's last line.
	Finished Stage = "finished"
	// Told answers a control_response of the test's side.
	Told Stage = "told"
	// End is the end of stdin; a healthy CLI exits.
	End Stage = "end"
)

// Deed is what the stand-in does at a stage instead of what a healthy CLI does.
type Deed string

// The deeds.
const (
	// Exit ends the process, with status 1.
	Exit Deed = "exit"
	// Complain writes Action.Lines on stderr and exits with status 1.
	Complain Deed = "complain"
	// Hang neither reads nor prints any more.
	Hang Deed = "hang"
	// Skip does nothing at this stage and goes on reading.
	Skip Deed = "skip"
	// Garbage prints a line that is no JSON.
	Garbage Deed = "garbage"
	// Half prints the first half of a line and exits.
	Half Deed = "half"
	// Huge prints a line of 20 MB that means nothing, and goes on as a healthy CLI.
	Huge Deed = "huge"
	// Refuse answers a control request with an error.
	Refuse Deed = "refuse"
	// Ask sends a control request of the CLI's own and waits for its answer before
	// it goes on.
	Ask Deed = "ask"
	// Stubborn ignores SIGTERM and the end of stdin from now on, and goes on.
	Stubborn Deed = "stubborn"
	// Say prints Action.Lines instead; in a turn they are the rest of it.
	Say Deed = "say"
	// Request prints Action.Lines, says that upstream is asked, and is at Requested then: what
	// a CLI does that has all results of its calls.
	Request Deed = "request"
	// Die prints Action.Lines and is killed then, as by a SIGKILL from outside.
	Die Deed = "die"
)

// Action is what a script answers; the zero value is a healthy CLI's.
type Action struct {
	Do    Deed     `json:"do,omitempty"`
	Lines []string `json:"lines,omitempty"`
	// Version answers Version and is printed by Init; "" is the newest of
	// Versions.
	Version string `json:"version,omitempty"`
}

// Event tells a script, and later the test, what a child is at.
type Event struct {
	PID   int      `json:"pid"`
	Stage Stage    `json:"stage"`
	Line  string   `json:"line,omitempty"` // from stdin, without its newline
	Args  []string `json:"args,omitempty"`
	Env   []string `json:"env,omitempty"`
}

// StandIn directs children that play the CLI. Its methods may be called by any
// goroutine.
type StandIn struct {
	listener net.Listener
	done     sync.WaitGroup

	mu      sync.Mutex
	script  func(Event) Action
	events  []Event
	changed chan struct{}
	conns   map[net.Conn]struct{}
	closed  bool
	most    int
	forgets bool
}

// NewStandIn directs the children of one test; a nil script is a healthy CLI. The
// script is called from several goroutines, one for each child.
func NewStandIn(t testing.TB, script func(Event) Action) *StandIn {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &StandIn{
		listener: listener, script: script,
		changed: make(chan struct{}), conns: map[net.Conn]struct{}{},
	}
	s.done.Go(s.accept)
	t.Cleanup(s.close)
	return s
}

// Path is the program to start as the CLI.
func (s *StandIn) Path(t testing.TB) string {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// Variable is the environment variable in which a child finds its test. Its name is not
// one of those that the driver takes out of the environment.
const Variable = "CLAUDETEST_STANDIN"

// Env is what a child has to find in its environment.
func (s *StandIn) Env() []string { return []string{Variable + "=" + s.listener.Addr().String()} }

// SetScript changes what children do from their next stage on.
func (s *StandIn) SetScript(script func(Event) Action) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.script = script
}

// Forget is for runs of so many children that to keep all that happened would take the
// memory of the test: Events and what counts them know of nothing from then on.
func (s *StandIn) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forgets, s.events = true, nil
}

// Events are all stages so far, in the order in which they were reached.
func (s *StandIn) Events() []Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.events)
}

// Count says how often a stage was reached.
func (s *StandIn) Count(stage Stage) int {
	n := 0
	for _, e := range s.Events() {
		if e.Stage == stage {
			n++
		}
	}
	return n
}

// Told are the lines that a child has read, in order.
func (s *StandIn) Told(pid int) []string {
	var lines []string
	for _, e := range s.Events() {
		if e.PID == pid && e.Line != "" && e.Stage != Requested && e.Stage != Text && e.Stage != Finished {
			lines = append(lines, e.Line)
		}
	}
	return lines
}

// Wait waits until reached says so; it is asked after each event.
func (s *StandIn) Wait(ctx context.Context, reached func([]Event) bool) error {
	for {
		s.mu.Lock()
		events, changed := slices.Clone(s.events), s.changed
		s.mu.Unlock()
		if reached(events) {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// WaitCount waits until a stage was reached n times.
func (s *StandIn) WaitCount(ctx context.Context, stage Stage, n int) error {
	return s.Wait(ctx, func(events []Event) bool {
		for _, e := range events {
			if e.Stage == stage {
				n--
			}
		}
		reached := n <= 0
		for _, e := range events {
			if e.Stage == stage {
				n++
			}
		}
		return reached
	})
}

// Live counts the children that exist now, those that were not reaped included.
// `claude auth status` does not count.
func (s *StandIn) Live() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.live()
}

// MostLive is the largest number of children that existed at one time.
func (s *StandIn) MostLive() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.most
}

// live asks the system, because a connection may be seen to end late. Call with mu
// held.
func (s *StandIn) live() int {
	n := 0
	for _, e := range s.events {
		if e.Stage != Start {
			continue
		}
		if exists(e.PID) {
			n++
		}
	}
	return n
}

func exists(pid int) bool {
	p, err := os.FindProcess(pid)
	if err != nil {
		return false
	}
	defer func() { _ = p.Release() }()
	return !errors.Is(p.Signal(syscall.Signal(0)), os.ErrProcessDone)
}

func (s *StandIn) accept() {
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		if s.closed {
			s.mu.Unlock()
			conn.Close()
			return
		}
		s.conns[conn] = struct{}{}
		s.mu.Unlock()
		s.done.Go(func() { s.direct(conn) })
	}
}

// direct answers one child until it is gone.
func (s *StandIn) direct(conn net.Conn) {
	defer func() {
		conn.Close()
		s.mu.Lock()
		delete(s.conns, conn)
		s.mu.Unlock()
	}()
	in, out := json.NewDecoder(bufio.NewReader(conn)), json.NewEncoder(conn)
	for {
		var e Event
		if err := in.Decode(&e); err != nil {
			return
		}
		s.mu.Lock()
		if !s.forgets {
			s.events = append(s.events, e)
			if e.Stage == Start {
				s.most = max(s.most, s.live())
			}
		}
		close(s.changed)
		s.changed = make(chan struct{})
		script := s.script
		s.mu.Unlock()
		var a Action
		if script != nil {
			a = script(e)
		}
		if err := out.Encode(a); err != nil {
			return
		}
	}
}

func (s *StandIn) close() {
	s.mu.Lock()
	s.closed = true
	for conn := range s.conns {
		conn.Close()
	}
	s.mu.Unlock()
	s.listener.Close()
	s.done.Wait()
}
