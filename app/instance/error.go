package instance

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// ErrNotRunning says that there is no app to talk to.
var ErrNotRunning = errors.New("claude-max-api is not running as an app")

// RunningError says that the app cannot start because one runs already. Where Err
// is not nil, Info is incomplete, and Err says why.
type RunningError struct {
	Info Info
	Err  error
}

func (e *RunningError) Error() string {
	text := "claude-max-api is running already" + e.Info.process()
	if e.Err != nil {
		text += ", but does not answer: " + e.Err.Error() + ". " + e.Info.remedy()
	}
	return text
}

func (e *RunningError) Unwrap() error { return e.Err }

// UnresponsiveError says that the app runs and does not answer: it hangs, or
// somebody has suspended it.
type UnresponsiveError struct {
	Info Info // its PID is 0 when not even that is known
	Err  error
}

func (e *UnresponsiveError) Error() string {
	return fmt.Sprintf("claude-max-api is running%s but does not answer: %v. %s", e.Info.process(), e.Err, e.Info.remedy())
}

func (e *UnresponsiveError) Unwrap() error { return e.Err }

// AnswerError is an answer that says no.
type AnswerError struct {
	Status  int    // of HTTP
	Message string // the answer's "error", for people; may be empty
}

func (e *AnswerError) Error() string {
	return cmp.Or(e.Message, fmt.Sprintf("claude-max-api answered %d %s", e.Status, http.StatusText(e.Status)))
}

func (i Info) process() string {
	if i.PID == 0 {
		return ""
	}
	return fmt.Sprintf(" (process %d)", i.PID)
}

func (i Info) remedy() string {
	if i.PID == 0 {
		return "End it and start it again"
	}
	return fmt.Sprintf("End process %d and start claude-max-api again", i.PID)
}

// timeout is a [context.DeadlineExceeded] that says how long it was.
type timeout time.Duration

func (t timeout) Error() string { return time.Duration(t).Round(time.Millisecond).String() }

func (timeout) Is(target error) bool { return target == context.DeadlineExceeded }
