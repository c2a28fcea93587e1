package sse

import (
	"bytes"
	"io"
)

// ContentType is the media type of a stream, as OpenAI's servers give it.
const ContentType = "text/event-stream; charset=utf-8"

// Flusher sends on what has been written; *http.ResponseController is one.
type Flusher interface {
	Flush() error
}

// Writer writes events. After an error it stays silent: every later call gives
// the same error, so a caller may look at the last one only.
type Writer struct {
	w   io.Writer
	f   Flusher
	buf []byte
	err error
}

// NewWriter gives a Writer that writes to w and flushes f after each event.
func NewWriter(w io.Writer, f Flusher) *Writer {
	return &Writer{w: w, f: f}
}

// Event is one event of a stream. Its name is a word of the protocol; OpenAI's chat
// completions give none.
type Event struct {
	Name string
	Data []byte
}

// Done is the event that ends a stream of chat completions.
var Done = Event{Data: []byte("[DONE]")}

// Send sends one event. A line break in the payload becomes a break between two
// data lines, which a reader joins with a newline again: so no payload can break
// out of its event, and compact JSON, which has none, arrives byte for byte.
func (s *Writer) Send(e Event) error {
	s.buf = s.buf[:0]
	if e.Name != "" {
		s.buf = append(append(append(s.buf, "event: "...), e.Name...), '\n')
	}
	s.buf = append(s.buf, "data: "...)
	payload := e.Data
	for {
		i := bytes.IndexAny(payload, "\r\n")
		if i < 0 {
			break
		}
		s.buf = append(s.buf, payload[:i]...)
		s.buf = append(s.buf, "\ndata: "...)
		if payload[i] == '\r' && i+1 < len(payload) && payload[i+1] == '\n' {
			i++
		}
		payload = payload[i+1:]
	}
	s.buf = append(s.buf, payload...)
	s.buf = append(s.buf, "\n\n"...)
	return s.send(s.buf)
}

// send writes a whole event at once, so that it is not torn apart on the wire.
func (s *Writer) send(event []byte) error {
	if s.err != nil {
		return s.err
	}
	if _, s.err = s.w.Write(event); s.err == nil {
		s.err = s.f.Flush()
	}
	// Events are small; a huge one should not stay in memory until the end.
	if cap(s.buf) > 64<<10 {
		s.buf = nil
	}
	return s.err
}
