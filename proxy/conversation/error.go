package conversation

import (
	"errors"
	"time"
)

// Kind says what went wrong, independent of any protocol's status codes.
type Kind string

// The kinds; each codec maps them to its own status and body.
const (
	// InvalidRequest is the caller's mistake; Error.Param names the field.
	InvalidRequest Kind = "invalid_request"
	// ContextLength means that the prompt does not fit the model.
	ContextLength Kind = "context_length"
	// ModelNotFound means that no such model can be reached.
	ModelNotFound Kind = "model_not_found"
	// ResponseNotFound means that an earlier answer is asked for that is not remembered.
	ResponseNotFound Kind = "response_not_found"
	// PreviousNotFound means that a request goes on from such a one.
	PreviousNotFound Kind = "previous_response_not_found"
	// SignInNeeded means that the CLI's own login is missing, expired or revoked.
	SignInNeeded Kind = "sign_in_needed"
	// PermissionDenied means that the account or organisation may not do this.
	PermissionDenied Kind = "permission_denied"
	// RateLimited means too many requests for now; see Error.RetryAfter.
	RateLimited Kind = "rate_limited"
	// UsageLimit means that the plan's usage window is used up.
	UsageLimit Kind = "usage_limit"
	// ExtraUsage means that upstream does not count the request as part of the
	// plan; its own words are in the message.
	ExtraUsage Kind = "extra_usage"
	// TooLarge means that the request has more bytes than somebody accepts.
	TooLarge Kind = "too_large"
	// Billing means that upstream wants payment or credit.
	Billing Kind = "billing"
	// QueueFull means that our own queue for CLI processes is full or too slow.
	QueueFull Kind = "queue_full"
	// Overloaded means that upstream has no capacity.
	Overloaded Kind = "overloaded"
	// Upstream means that upstream failed in another way or broke off.
	Upstream Kind = "upstream"
	// FormatNotMet means that the model's answer has not the form that was asked for.
	FormatNotMet Kind = "format_not_met"
	// Timeout means that upstream was silent for too long.
	Timeout Kind = "timeout"
	// CLIMissing means that no usable Claude Code CLI was found.
	CLIMissing Kind = "cli_missing"
	// CLIFailed means that the CLI died or said something that makes no sense.
	CLIFailed Kind = "cli_failed"
	// Cancelled means that the client has asked for the answer's end, over another request.
	Cancelled Kind = "cancelled"
	// ShuttingDown means that the proxy is being stopped.
	ShuttingDown Kind = "shutting_down"
	// Internal is a defect of ours.
	Internal Kind = "internal"
)

// Error is a failure as a person is told about it. The same value reads well in
// an HTTP answer, the log, the tray and the terminal; it never carries prompt or
// answer text of its own accord, but upstream's words in Message might quote some.
type Error struct {
	Kind Kind
	// Message says what happened, to what; a full sentence.
	Message string
	// Brief is Message without the words of others, for what outlives the request; ""
	// where there are none in it.
	Brief string
	// Hint says what to do next; may be empty.
	Hint string
	// Param is the request's field at fault, as "messages[1].content"; may be empty.
	Param string
	// RetryAfter is how long to wait before trying again; 0 when unknown.
	RetryAfter time.Duration
	// Status is the HTTP status that upstream answered with; 0 when it did not.
	Status int
}

// Error gives the message and the hint as one line.
func (e *Error) Error() string {
	if e.Hint == "" {
		return e.Message
	}
	return e.Message + " " + e.Hint
}

// Invalid is an [InvalidRequest] about one field of the request.
func Invalid(param, message string) *Error {
	return &Error{Kind: InvalidRequest, Param: param, Message: message}
}

// AsError gives any failure the one shape; nil stays nil.
func AsError(err error) *Error {
	if err == nil {
		return nil
	}
	if known, ok := errors.AsType[*Error](err); ok {
		return known
	}
	return &Error{Kind: Internal, Message: "The proxy failed: " + err.Error() + "."}
}

// Incomplete is the error for events that ended without [Done] and without an
// error of their own.
func Incomplete() *Error {
	return &Error{
		Kind:    Upstream,
		Message: "The answer broke off before its end.",
		Hint:    "Send the request again.",
	}
}
