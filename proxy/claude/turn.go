package claude

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"claude-max-api-proxy/proxy/claude/streamjson"
	"claude-max-api-proxy/proxy/conversation"
)

// turn is what one request asks of a session.
type turn struct {
	request  *conversation.Request
	opening  opening
	prints   []fingerprint // of the request, see fingerprints
	resolved string        // the model's id, for assistant lines
	caps     capabilities
	silence  time.Duration
	thoughts *thoughts
}

// outcome says how a turn ended, for the pool and for a second try.
type outcome struct {
	// unread: a process that was to read its history has failed before upstream was asked.
	unread    bool
	reusable  bool // the session waits for the next turn
	requested bool // upstream was asked, so the request may have cost something
	err       error
}

// run answers the turn on the session, which must hold a prefix of it. Events go
// to yield; when yield returns false the caller has left. The process is killed as
// soon as ctx ends: that is what stops the request upstream.
func (s *session) run(ctx context.Context, t turn, yield func(conversation.Event) bool) outcome {
	stop := context.AfterFunc(ctx, s.proc.Kill)
	o := s.exchange(ctx, t, yield)
	if !stop() {
		o.reusable = false // killed, even when the answer was complete by then
	}
	return o
}

func (s *session) exchange(ctx context.Context, t turn, yield func(conversation.Event) bool) outcome {
	if s.held != nil {
		if err := s.awaitCalls(ctx); err != nil {
			return outcome{err: err}
		}
	}
	x := s.begin()
	defer s.end(x)

	a := answer{offered: t.request.Tools}
	patience := t.silence
	reads := s.pipe != nil
	t.silence = min(t.silence, longestAsking)
	failed := func(err error, requested bool) outcome {
		if late := (*conversation.Error)(nil); errors.As(err, &late) && late.Kind == conversation.Timeout && !requested {
			err = &deafError{deaf(t.silence)}
		}
		// What is the client's to mend says nothing about the reading.
		unread := reads && !a.requested && a.errorCode == "" && conversation.AsError(err).Kind != conversation.InvalidRequest
		return outcome{err: err, requested: requested, unread: unread}
	}
	if err := s.tell(ctx, x, t); err != nil {
		return failed(err, false)
	}
	for {
		m, err := s.receive(ctx, x, t.silence)
		if err != nil {
			return failed(err, a.requested)
		}
		event, verdict, failure := a.step(m)
		if failure != nil {
			return failed(failure, true)
		}
		if a.requested {
			t.silence = patience
		}
		if a.requested && s.pipe != nil {
			s.pipe.Close() // it has read what it needs, and should not find it again
			s.pipe = nil
			s.recipe.installation.unread.Store(0)
		}
		if verdict == holding && !t.caps.Holds {
			verdict = cut
		}
		reusable := verdict == finished || verdict == holding
		if reusable {
			s.remember(t, &a)
		}
		if a.stop == conversation.ToolCalls {
			t.thoughts.remember(a.callIDs(), a.thinking)
		}
		wanted := true
		for _, thought := range a.before(event) {
			wanted = wanted && yield(thought)
		}
		if event != nil && wanted {
			wanted = yield(event)
		}
		if !wanted || verdict != goOn {
			return outcome{requested: true, reusable: reusable}
		}
	}
}

// longestAsking bounds how long a process may be silent until it asks upstream, which takes
// it milliseconds, or seconds where it reads a long history. One that has hung is then
// replaced by another.
const longestAsking = 30 * time.Second

// deaf is the error for a process that hangs before it asks upstream, where nobody needs to look
// at Anthropic's status page.
func deaf(limit time.Duration) *conversation.Error {
	return &conversation.Error{
		Kind:    conversation.Timeout,
		Message: fmt.Sprintf("Claude Code did nothing with the request for %s, so it was ended. Anthropic was not asked.", limit),
		Hint:    "Send the request again; if it happens every time, make it smaller, or run `claude-max-api doctor`.",
	}
}

// deafError says that a process does nothing with what it was told.
type deafError struct{ cause *conversation.Error }

func (e *deafError) Error() string { return e.cause.Error() }

func (e *deafError) Unwrap() error { return e.cause }

// tell writes what the session has not heard yet: the system prompt the first time,
// the parameters where they are others than before, then the turns, the last of
// which asks. To a process that waits for the results of calls it tells just these.
func (s *session) tell(ctx context.Context, x *exchange, t turn) error {
	var lines bytes.Buffer
	begin := s.adjust
	if !s.initialized {
		begin = s.open
	}
	if err := begin(&lines, t.opening); err != nil {
		return err
	}
	if s.pipe != nil {
		if err := s.tellPast(t); err != nil {
			return err
		}
	}
	if s.held != nil {
		return s.tellResults(ctx, x, t, &lines)
	}
	news := t.request.Turns[s.turns:]
	if len(news) > 1 && !t.caps.History {
		news = []conversation.Turn{flattened(news)}
	}
	for i, turn := range news {
		last := i == len(news)-1
		if err := appendTurn(&lines, turn, t, !last); err != nil {
			return err
		}
		if turn.Role == conversation.Assistant {
			continue
		}
		if err := s.tellWithin(ctx, lines.Bytes(), t.silence); err != nil {
			return err
		}
		lines.Reset()
		if last {
			return nil
		}
		// Without waiting the CLI puts turns in another order.
		if err := s.acknowledged(ctx, x, t.silence); err != nil {
			return err
		}
	}
	return errors.New("the last turn is not the user's")
}

func (s *session) acknowledged(ctx context.Context, x *exchange, silence time.Duration) error {
	for {
		m, err := s.receive(ctx, x, silence)
		if err != nil {
			return err
		}
		switch m := m.(type) {
		case streamjson.Result:
			if m.IsError || m.NumTurns != 0 {
				return &conversation.Error{
					Kind:    conversation.CLIFailed,
					Message: "The Claude Code CLI did not take over the conversation's history.",
					Hint:    "Run `claude-max-api doctor` to see whether this version of the CLI is supported.",
				}
			}
			return nil
		case streamjson.ControlResponse:
			if m.Subtype == "error" {
				return refused(m)
			}
		case streamjson.Requesting:
			return &conversation.Error{
				Kind:    conversation.CLIFailed,
				Message: "The Claude Code CLI began to answer a turn of the conversation's history.",
				Hint:    "Run `claude-max-api doctor` to see whether this version of the CLI is supported.",
			}
		}
	}
}

// remember notes what the CLI has in its history now: the request and the answer.
func (s *session) remember(t turn, a *answer) {
	s.seen = t.prints[len(t.prints)-1].then(a.said())
	s.turns = len(t.request.Turns) + 1
	s.held = nil
	if len(a.calls) > 0 {
		s.held = &heldCalls{ids: a.callIDs(), offer: toolsPrint(t.request.Tools)}
	}
}
