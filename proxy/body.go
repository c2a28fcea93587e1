package proxy

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"claude-max-api-proxy/proxy/conversation"
)

// readBody returns the request's body, or answers why it cannot.
func (s *Server) readBody(x *exchange, r *http.Request) ([]byte, bool) {
	if coding := r.Header.Get("Content-Encoding"); coding != "" && !strings.EqualFold(coding, "identity") {
		x.refuse(http.StatusUnsupportedMediaType, fmt.Sprintf(
			"The request's body is encoded as %q. Send it as it is, without a Content-Encoding.", shorten(coding)))
		return nil, false
	}
	if r.ContentLength > s.config.MaxBody {
		x.refuse(http.StatusRequestEntityTooLarge, s.tooLarge())
		return nil, false
	}
	// A client that stops in the middle of its body must not hold us for ever.
	x.readWithin(s.config.ClientWait)
	var body bytes.Buffer
	// What is only announced gets little memory.
	body.Grow(int(min(max(r.ContentLength, 0), smallBody)) + bytes.MinRead)
	_, err := body.ReadFrom(&incoming{
		s: s, x: x, ctx: r.Context(),
		body: http.MaxBytesReader(x, r.Body, s.config.MaxBody), deadline: time.Now().Add(s.config.ClientWait),
	})
	if err == nil {
		x.unread = false // and net/http has ended the time limit
		return body.Bytes(), true
	}
	s.giveBack(x) // others may wait for it, and the rest of the body can take a while

	var large *http.MaxBytesError
	switch {
	case errors.Is(err, errNoRoom):
		x.readWithin(drainTime)
		x.fail(&conversation.Error{
			Kind:       conversation.QueueFull,
			Message:    fmt.Sprintf("Requests of %s altogether are being worked on, which is as much as the proxy holds at once.", size(mostBodies*s.config.MaxBody)),
			Hint:       "Try again in a moment.",
			RetryAfter: 5 * time.Second,
		})
	case errors.As(err, &large):
		x.readWithin(drainTime)
		x.refuse(http.StatusRequestEntityTooLarge, s.tooLarge())
	case errors.Is(err, os.ErrDeadlineExceeded):
		x.refuse(http.StatusRequestTimeout, fmt.Sprintf("The request's body did not arrive within %s.", s.config.ClientWait))
	case errors.Is(err, io.ErrUnexpectedEOF), r.Context().Err() != nil:
		x.left = true
		x.refuse(http.StatusBadRequest, "The request's body ended before its announced length.")
	default:
		x.refuse(http.StatusBadRequest, "The request's body could not be read; check its Content-Length and Transfer-Encoding.")
	}
	return nil, false
}

func (s *Server) tooLarge() string {
	return fmt.Sprintf("The request's body is larger than %s. Send fewer or smaller images and files, or raise --max-body.",
		size(s.config.MaxBody))
}

func size(n int64) string {
	if n >= 1<<20 {
		return fmt.Sprintf("%d MiB", n>>20)
	}
	return fmt.Sprintf("%d bytes", n)
}

// What is read of a body that nobody wants.
const (
	drainTime = 5 * time.Second
	drainSize = 256 << 20
)

// drain reads on after an answer that did not wait for the whole body. Many
// clients look for an answer only once they have sent everything; if we closed
// the connection before, all they would see is that it was reset.
func (x *exchange) drain(r *http.Request) {
	if !x.unread || r.Header.Get("Expect") != "" { // who expects 100 Continue looks first
		return
	}
	_ = http.NewResponseController(x).Flush()
	_, _ = io.CopyN(io.Discard, r.Body, drainSize)
}

// readWithin bounds how long the client may take to send the rest of its request.
func (x *exchange) readWithin(d time.Duration) {
	_ = http.NewResponseController(x).SetReadDeadline(time.Now().Add(d))
}
