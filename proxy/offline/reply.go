package offline

import (
	"maps"
	"net/http"
	"time"
)

// Reply is a script: what one answer consists of, in order. The constructors of
// this file make the pieces and [Script] joins them; the zero value is a message
// with nothing in it. A reply may be played more than once and by several
// goroutines.
//
// The status line and message_start go out with the first piece of content, or
// with [Begin]; until then the connection is silent. The pieces that end an
// answer ([Fail], [ErrorEvent], [Cut], [CutMidLine] and [Silence]) make what
// follows them unreachable. A script that reaches its end closes the message as
// the API does.
type Reply struct {
	steps  []step
	header http.Header
	stop   string
	usage  *Usage
}

// Script plays replies one after the other as one answer. Of headers, stop
// reason and usage the last one counts.
func Script(parts ...Reply) Reply {
	var all Reply
	for _, part := range parts {
		all.steps = append(all.steps, part.steps...)
		if part.header != nil {
			if all.header == nil {
				all.header = http.Header{}
			}
			maps.Copy(all.header, part.header)
		}
		if part.stop != "" {
			all.stop = part.stop
		}
		if part.usage != nil {
			all.usage = part.usage
		}
	}
	return all
}

// Text writes text deltas. Texts that follow each other, with pauses between
// them or not, go into one content block; see [NextBlock].
func Text(deltas ...string) Reply { return play(textStep{deltas: deltas}) }

// Thinking writes one thinking block: the deltas, then the signature. An empty
// signature is left out, as the API never does.
func Thinking(signature string, deltas ...string) Reply {
	return play(thinkingStep{deltas: deltas, signature: signature})
}

// ToolUse writes one tool call; the chunks together are the input, as JSON. An
// empty id is replaced by a fresh one. See [ToolInput] for pauses in the input.
func ToolUse(id, name string, chunks ...string) Reply {
	return play(toolStep{id: id, name: name}, toolInputStep{chunks})
}

// ToolInput writes further chunks of the input of the tool call before it.
func ToolInput(chunks ...string) Reply { return play(toolInputStep{chunks}) }

// NextBlock ends the open content block, so that the next text begins a new one.
func NextBlock() Reply { return play(nextBlockStep{}) }

// Begin sends the headers and message_start, for a pause before any content.
func Begin() Reply { return play(beginStep{}) }

// Pause waits.
func Pause(d time.Duration) Reply { return play(pauseStep{d}) }

// Wait waits until the channel is closed or gives a value.
func Wait(gate <-chan struct{}) Reply { return play(waitStep{gate}) }

// Stop sets the stop reason, as "max_tokens". Without it the reason is
// "tool_use" after a tool call and "end_turn" otherwise.
func Stop(reason string) Reply { return Reply{stop: reason} }

// Tokens sets the usage figures. Without it they are guessed from the lengths.
func Tokens(u Usage) Reply { return Reply{usage: &u} }

// Headers adds response headers, given as name and value in turn.
func Headers(namesAndValues ...string) Reply {
	header := http.Header{}
	for i := 0; i+1 < len(namesAndValues); i += 2 {
		header.Set(namesAndValues[i], namesAndValues[i+1])
	}
	return Reply{header: header}
}

// Fail answers with an HTTP status and the API's error body. After content was
// sent it is too late for a status: then it is an [ErrorEvent].
func Fail(status int, errorType, message string) Reply {
	return play(failStep{failure{status, errorType, message}})
}

// ErrorEvent ends a stream with an "error" event. To a request that does not
// stream it is a failure with the status that belongs to the type.
func ErrorEvent(errorType, message string) Reply {
	return play(errorEventStep{failure{statusOf(errorType), errorType, message}})
}

// Restart sends a second message_start, without ending the message before it:
// what a gateway does that repeats a request behind the client's back.
func Restart() Reply { return play(restartStep{}) }

// Cut closes the TCP connection without ending the answer; before any content it
// closes it without a byte.
func Cut() Reply { return play(cutStep{}) }

// CutMidLine closes the TCP connection in the middle of an event's data line.
func CutMidLine() Reply { return play(cutStep{midLine: true}) }

// Silence sends nothing more and waits until the peer hangs up.
func Silence() Reply { return play(silenceStep{}) }

func play(steps ...step) Reply { return Reply{steps: steps} }

// statusOf is the table of https://docs.anthropic.com/en/api/errors.
func statusOf(errorType string) int {
	switch errorType {
	case "invalid_request_error":
		return http.StatusBadRequest
	case "authentication_error":
		return http.StatusUnauthorized
	case "permission_error":
		return http.StatusForbidden
	case "not_found_error":
		return http.StatusNotFound
	case "request_too_large":
		return http.StatusRequestEntityTooLarge
	case "rate_limit_error":
		return http.StatusTooManyRequests
	case "overloaded_error":
		return 529
	}
	return http.StatusInternalServerError
}
