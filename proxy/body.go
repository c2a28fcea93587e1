package proxy

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"
)

// bodyLimit bounds how long a request's body may take. The largest body takes a
// moment on loopback.
const bodyLimit = 2 * time.Minute

// readBody returns the request's body, or answers why it cannot.
func (s *Server) readBody(x *exchange, r *http.Request) ([]byte, bool) {
	if r.ContentLength > s.config.MaxBody {
		x.refuse(http.StatusRequestEntityTooLarge, s.tooLarge())
		return nil, false
	}
	// A client that stops in the middle of its body must not hold us for ever.
	control := http.NewResponseController(x)
	_ = control.SetReadDeadline(time.Now().Add(bodyLimit))
	var body bytes.Buffer
	if r.ContentLength > 0 {
		body.Grow(int(r.ContentLength) + bytes.MinRead)
	}
	_, err := body.ReadFrom(http.MaxBytesReader(x, r.Body, s.config.MaxBody))
	_ = control.SetReadDeadline(time.Time{})

	var large *http.MaxBytesError
	switch {
	case err == nil:
		return body.Bytes(), true
	case errors.As(err, &large):
		x.refuse(http.StatusRequestEntityTooLarge, s.tooLarge())
	case errors.Is(err, os.ErrDeadlineExceeded):
		x.refuse(http.StatusRequestTimeout, fmt.Sprintf("The request's body did not arrive within %s.", bodyLimit))
	case errors.Is(err, io.ErrUnexpectedEOF), r.Context().Err() != nil:
		x.left = true
		x.refuse(http.StatusBadRequest, "The request's body ended before its announced length.")
	default:
		x.refuse(http.StatusBadRequest, "The request's body could not be read; check its Content-Length and Transfer-Encoding.")
	}
	return nil, false
}

func (s *Server) tooLarge() string {
	return fmt.Sprintf("The request's body is larger than %d MiB. Send fewer or smaller images and files, or raise --max-body.",
		s.config.MaxBody>>20)
}
