package proxy

import (
	"bytes"
	"context"
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
	if !s.makeRoom(x, r) {
		x.fail(&conversation.Error{
			Kind:       conversation.QueueFull,
			Message:    fmt.Sprintf("Requests of %s altogether are being worked on, which is as much as the proxy holds at once.", size(mostBodies*s.config.MaxBody)),
			Hint:       "Try again in a moment.",
			RetryAfter: 5 * time.Second,
		})
		return nil, false
	}
	// A client that stops in the middle of its body must not hold us for ever.
	x.readWithin(s.config.ClientWait)
	var body bytes.Buffer
	// What is only announced gets little memory.
	body.Grow(int(min(max(r.ContentLength, 0), 1<<20)) + bytes.MinRead)
	_, err := body.ReadFrom(http.MaxBytesReader(x, r.Body, s.config.MaxBody))

	var large *http.MaxBytesError
	switch {
	case err == nil:
		x.unread = false // and net/http has ended the time limit
		if spare := x.room - int64(body.Len()); spare > 0 {
			s.bodies.Release(spare)
			x.room -= spare
		}
		return body.Bytes(), true
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

// mostBodies is how many of the largest bodies may be there at once. They are bounded
// together, because many clients with one each would be as bad as one with many.
const mostBodies = 8

// makeRoom waits until there is room for the request's body, which is given back when the
// request ends. Of one that does not say how large it is the worst is expected.
func (s *Server) makeRoom(x *exchange, r *http.Request) bool {
	room := r.ContentLength
	if room < 0 {
		room = s.config.MaxBody
	}
	ctx, cancel := context.WithTimeout(r.Context(), s.config.ClientWait)
	defer cancel()
	if s.bodies.Acquire(ctx, room) != nil {
		return false
	}
	x.room = room
	return true
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
