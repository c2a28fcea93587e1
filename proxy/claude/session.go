package claude

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"claude-max-api-proxy/proxy/claude/process"
	"claude-max-api-proxy/proxy/claude/streamjson"
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
	log   *slog.Logger
	ended chan struct{} // closed once no further message will come

	mu      sync.Mutex
	current *exchange
	broken  error // why the output ended, set before ended is closed

	writing sync.Mutex // one line at a time on stdin

	// owner
	model       string      // the CLI's name for the model
	version     string      // of the CLI that runs here; "" before the first ping
	initialized bool        // the system prompt is fixed
	seen        fingerprint // what it has been told so far, once initialized
	turns       int         // how many turns that are
	lastUsed    time.Time
	era         int // of the pool when the process was started
}

// exchange is where messages go while somebody waits for them.
type exchange struct {
	messages chan streamjson.Message
	over     chan struct{}
}

func newSession(proc *process.Process, model string, log *slog.Logger) *session {
	s := &session{
		proc: proc, model: model, log: log.With("pid", proc.PID()),
		ended: make(chan struct{}), lastUsed: time.Now(),
	}
	go s.readLines()
	return s
}

// readLines ends when the process closes its output, which its death does.
func (s *session) readLines() {
	defer close(s.ended)
	reader := streamjson.NewReader(s.proc.Stdout())
	for {
		m, err := reader.Next()
		if err != nil {
			s.fail(err)
			return
		}
		if request, ok := m.(streamjson.ControlRequest); ok {
			s.refuse(request)
			continue
		}
		s.mu.Lock()
		x := s.current
		s.mu.Unlock()
		if x == nil {
			continue
		}
		select {
		case x.messages <- m:
		case <-x.over:
		}
	}
}

// fail notes why no more messages come and ends the process: one that prints
// what we cannot read is of no use.
func (s *session) fail(err error) {
	s.proc.Kill()
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = errors.New(s.proc.Exit().String())
	}
	s.mu.Lock()
	s.broken = err
	s.mu.Unlock()
}

func (s *session) refuse(request streamjson.ControlRequest) {
	var line bytes.Buffer
	if err := streamjson.AppendRefusal(&line, request); err == nil {
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

// receive waits for the next message, but no longer than silence.
func (s *session) receive(ctx context.Context, x *exchange, silence time.Duration) (streamjson.Message, error) {
	timer := time.NewTimer(silence)
	defer timer.Stop()
	select {
	case m := <-x.messages:
		return m, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	case <-s.ended:
		return nil, s.lost()
	case <-timer.C:
		return nil, &conversation.Error{
			Kind:    conversation.Timeout,
			Message: fmt.Sprintf("Nothing came from Claude Code for %s, so the request was ended.", silence),
			Hint:    "Look at Anthropic's status page and this machine's network, then send the request again.",
		}
	}
}

// lostError says that the process is gone, through no doing of ours.
type lostError struct{ cause string }

func (e *lostError) Error() string { return "the Claude Code CLI ended: " + e.cause }

func (s *session) lost() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return &lostError{cause: s.broken.Error()}
}

// write sends whole lines. It fails when the process has ended, also in the
// middle of a long write.
func (s *session) write(lines []byte) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	if _, err := s.proc.Stdin().Write(lines); err != nil {
		return fmt.Errorf("writing to the Claude Code CLI: %w", err)
	}
	return nil
}

// control sends a control request and waits for its answer, for use outside of
// turns.
func (s *session) control(ctx context.Context, id string, request any, limit time.Duration) (streamjson.ControlResponse, error) {
	stop := context.AfterFunc(ctx, s.proc.Kill)
	defer stop()
	x := s.begin()
	defer s.end(x)
	var line bytes.Buffer
	if err := streamjson.AppendControl(&line, id, request); err != nil {
		return streamjson.ControlResponse{}, err
	}
	if err := s.write(line.Bytes()); err != nil {
		s.proc.Kill()
		<-s.ended
		return streamjson.ControlResponse{}, s.lost()
	}
	for {
		m, err := s.receive(ctx, x, limit)
		if err != nil {
			return streamjson.ControlResponse{}, err
		}
		if r, ok := m.(streamjson.ControlResponse); ok && r.RequestID == id {
			if r.Subtype != "success" {
				return r, fmt.Errorf("the Claude Code CLI refused %s: %s", id, r.Error)
			}
			return r, nil
		}
	}
}
