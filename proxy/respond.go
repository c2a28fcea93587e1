package proxy

import (
	"math"
	"net/http"
	"strconv"
	"time"

	"claude-max-api-proxy/proxy/conversation"
)

const jsonType = "application/json; charset=utf-8"

// body sends a whole JSON body.
func (x *exchange) body(status int, body []byte) {
	h := x.Header()
	h.Set("Content-Type", jsonType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	// A client that does not read must not hold us for ever.
	_ = http.NewResponseController(x).SetWriteDeadline(time.Now().Add(x.clientWait))
	x.WriteHeader(status)
	_, _ = x.Write(body) // a client that has left needs no answer
}

// refuse answers what never became a request to the backend.
func (x *exchange) refuse(status int, message string) {
	x.body(status, x.dialect.Refusal(status, message, x.id))
}

// longestRetryAfter is the longest wait that OpenAI's SDKs keep to. Told a longer
// one, they come back after a second or two, unless they are told not to.
const longestRetryAfter = time.Minute

// fail answers with a failure's own status. It must come before anything else
// of the answer.
func (x *exchange) fail(err *conversation.Error) {
	x.kind = err.Kind
	status, body := x.dialect.Failure(err, x.id)
	if err.RetryAfter > 0 {
		x.Header().Set("Retry-After", seconds(err.RetryAfter))
	}
	if err.Kind == conversation.UsageLimit || err.RetryAfter > longestRetryAfter {
		x.Header().Set("X-Should-Retry", "false")
	}
	x.body(status, body)
}

// seconds rounds up: who comes back a moment too early is refused again.
func seconds(d time.Duration) string {
	return strconv.Itoa(int(math.Ceil(d.Seconds())))
}
