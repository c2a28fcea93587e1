package claude

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"claude-max-api-proxy/proxy/claude/process"
	"claude-max-api-proxy/proxy/claude/streamjson"
	"claude-max-api-proxy/proxy/claude/toolbridge"
	"claude-max-api-proxy/proxy/claude/transcript"
	"claude-max-api-proxy/proxy/conversation"
)

// session is one CLI process and what it has been told.
//
// One goroutine, readLines, reads its output for as long as it lives and hands
// each message to the exchange that is going on; between exchanges it drops them,
// so that the CLI never blocks on a full pipe. Everything below "owner" belongs to
// whoever holds the session: the pool hands it to one goroutine at a time.
type session struct {
	proc  *process.Process
	limit func(streamjson.RateLimit) // is told of the plan's usage windows
	tidy  func(pid int)              // removes what the process has left when it has ended
	ended chan struct{}              // closed once no further message will come and nothing is left

	mu      sync.Mutex
	bridge  *toolbridge.Bridge // offers the conversation's tools; nil for none
	calls   map[string]call    // of the CLI, that have no result yet, by the model's id
	current *exchange
	called  chan struct{} // closed when there is another call; nil while nobody waits
	broken  error         // why the output ended, set before ended is closed

	writing sync.Mutex // one line at a time on stdin

	// owner
	recipe      recipe           // what it was started as
	pipe        *transcript.Pipe // where it reads a history first; nil for none
	model       string           // the CLI's name for the model it has now
	settings    settings         // the parameters of the last turn
	initialized bool             // the system prompt is fixed
	seen        fingerprint      // what it has been told so far, once initialized
	turns       int              // how many turns that are
	held        *heldCalls       // what it waits for; nil for the next turn
	flat        bool             // it was told of the beginning of its conversation as one text
	passing     bool             // its conversation will not go on where it is
	outgrown    bool             // it uses more memory than it may
	lastUsed    time.Time
	era         int // of the pool when the process was asked for
}

// exchange is where messages go while somebody waits for them.
type exchange struct {
	messages chan streamjson.Message
	over     chan struct{}
}

func newSession(proc *process.Process, pipe *transcript.Pipe, r recipe, limit func(streamjson.RateLimit), tidy func(pid int)) *session {
	s := &session{
		proc: proc, pipe: pipe, limit: limit, tidy: tidy, recipe: r, model: r.model,
		ended: make(chan struct{}), lastUsed: time.Now(),
	}
	go s.readLines(pipe)
	return s
}

// readLines ends when the process closes its output, which its death does.
func (s *session) readLines(pipe *transcript.Pipe) {
	defer func() {
		<-s.proc.Done()
		s.tidy(s.proc.PID())
		close(s.ended)
	}()
	if pipe != nil {
		defer pipe.Close()
	}
	reader := streamjson.NewReader(s.proc.Stdout())
	for {
		m, err := reader.Next()
		if err != nil {
			s.fail(err)
			return
		}
		if request, ok := m.(streamjson.ControlRequest); ok {
			s.serve(request)
			continue
		}
		if limit, ok := m.(streamjson.RateLimit); ok {
			s.limit(limit) // it may come after the turn's end
		}
		s.mu.Lock()
		x := s.current
		s.mu.Unlock()
		if x == nil {
			if asksUpstream(m) {
				s.fail(errUnasked)
				return
			}
			continue
		}
		select {
		case x.messages <- m:
		case <-x.over:
		}
	}
}

var errUnasked = errors.New("it asked upstream by itself")

// asksUpstream says that what the CLI does now may cost something.
func asksUpstream(m streamjson.Message) bool {
	if e, ok := m.(streamjson.StreamEvent); ok {
		return e.Type == "message_start"
	}
	_, ok := m.(streamjson.Requesting)
	return ok
}

// exitLimit bounds how long a process that has closed its output may take to
// end: long enough to learn its own exit status.
const exitLimit = time.Second

// fail notes why no more messages come and ends the process: one that prints
// what we cannot read is of no use.
func (s *session) fail(err error) {
	switch {
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		limit := time.AfterFunc(exitLimit, s.proc.Kill)
		err = fmt.Errorf("it ended with %s", s.proc.Exit())
		limit.Stop()
	case !errors.Is(err, errUnasked):
		err = fmt.Errorf("it printed what cannot be read: %w", err)
	}
	s.proc.Kill()
	s.mu.Lock()
	s.broken = err
	s.mu.Unlock()
}

// serve answers what the CLI wants to know from us: the tools, and nothing else.
func (s *session) serve(request streamjson.ControlRequest) {
	s.mu.Lock()
	bridge := s.bridge
	s.mu.Unlock()
	var line bytes.Buffer
	err := error(nil)
	if request.Subtype == "mcp_message" && request.Server == toolbridge.Server && bridge != nil {
		answer, called := bridge.Answer(request.Message)
		if called != nil {
			s.note(call{*called, request})
			return
		}
		err = streamjson.AppendMCP(&line, request, answer)
	} else {
		err = streamjson.AppendRefusal(&line, request)
	}
	if err == nil {
		_ = s.write(line.Bytes()) // a dead process shows in readLines
	}
}

// over says whether the process has ended, as far as its output tells.
func (s *session) over() bool {
	select {
	case <-s.ended:
		return true
	default:
		return false
	}
}

// begin opens an exchange; messages that nobody receives hold up the CLI until
// it is closed with end.
func (s *session) begin() *exchange {
	x := &exchange{messages: make(chan streamjson.Message), over: make(chan struct{})}
	s.mu.Lock()
	s.current = x
	s.mu.Unlock()
	return x
}

func (s *session) end(x *exchange) {
	s.mu.Lock()
	s.current = nil
	s.mu.Unlock()
	close(x.over)
}

// receive waits for the next message, but no longer than silence; 0 is no bound.
func (s *session) receive(ctx context.Context, x *exchange, silence time.Duration) (streamjson.Message, error) {
	var tooLong <-chan time.Time
	if silence > 0 {
		timer := time.NewTimer(silence)
		defer timer.Stop()
		tooLong = timer.C
	}
	select {
	case m := <-x.messages:
		return m, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	case <-s.ended:
		return nil, s.lost()
	case <-tooLong:
		return nil, silent(silence)
	}
}

func silent(limit time.Duration) *conversation.Error {
	return &conversation.Error{
		Kind:    conversation.Timeout,
		Message: fmt.Sprintf("Nothing came from Claude Code for %s, so the request was ended.", limit),
		Hint:    "Look at Anthropic's status page and this machine's network, then send the request again.",
	}
}

// lostError says that the process is gone, through no doing of ours.
type lostError struct{ cause string }

func (e *lostError) Error() string { return e.cause }

func (s *session) lost() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return &lostError{cause: s.broken.Error()}
}

// leave ends a process that nobody talks to. One that ends by itself takes the files along that
// the CLI keeps of its running processes; one that waits for results would ask upstream
// instead, without them.
func (s *session) leave() {
	if s.held == nil && s.pipe == nil { // one that waits to read does not read stdin
		s.proc.Stop(process.Ladder{EOF: time.Second, Term: time.Second})
	}
	s.kill()
}

// kill ends the process at once, and returns when nothing is left of it.
func (s *session) kill() {
	s.proc.Kill()
	s.mu.Lock()
	x := s.current
	s.mu.Unlock()
	var unread <-chan streamjson.Message // which the reader may be holding out
	if x != nil {
		unread = x.messages
	}
	for {
		select {
		case <-unread:
		case <-s.ended:
			return
		}
	}
}

// lostNow is for a process that does not take what is written to it: the reader
// knows why it is gone.
func (s *session) lostNow() error {
	s.kill()
	return s.lost()
}

// write sends whole lines. It waits while the process does not read, and fails
// when the process has ended, also in the middle of a long write.
func (s *session) write(lines []byte) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	if _, err := s.proc.Stdin().Write(lines); err != nil {
		return fmt.Errorf("writing to the Claude Code CLI: %w", err)
	}
	return nil
}

// tellWithin writes lines that the process must take within the limit; one that
// does not is killed. The error says which of the three it was: ctx has ended, the
// limit has passed, or the process is gone.
func (s *session) tellWithin(ctx context.Context, lines []byte, limit time.Duration) error {
	deaf := time.AfterFunc(limit, s.proc.Kill)
	err := s.write(lines)
	inTime := deaf.Stop()
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case !inTime:
		return silent(limit)
	}
	return s.lostNow()
}
