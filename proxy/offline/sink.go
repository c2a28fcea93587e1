package offline

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
)

// sink takes what a script plays: as an event stream, or folded into one JSON
// message for a request that does not stream.
type sink interface {
	event(name string, data any) error
	// half writes the beginning of an event and stops inside its data line.
	half(data any) error
	errorEvent(f failure) error
	// fail answers with an HTTP error; nothing was sent before.
	fail(f failure) error
	// end completes the answer.
	end() error
}

// failure is an error as the API reports it:
// https://docs.anthropic.com/en/api/errors.
type failure struct {
	status    int // HTTP
	errorType string
	message   string
}

// eventStream writes server-sent events, each flushed at once.
type eventStream struct {
	w         http.ResponseWriter
	header    http.Header // the script's own
	requestID string
	begun     bool
}

func (s *eventStream) event(name string, data any) error {
	return s.write(frame(name, data))
}

func (s *eventStream) half(data any) error {
	whole := frame("content_block_delta", data)
	return s.write(whole[:len(whole)*2/3])
}

func (s *eventStream) errorEvent(f failure) error {
	return s.event("error", f.body(s.requestID))
}

func (s *eventStream) fail(f failure) error {
	return s.json(f.status, f.body(s.requestID))
}

func (s *eventStream) end() error { return nil }

func (s *eventStream) write(data []byte) error {
	if !s.begun {
		s.begin(http.StatusOK, "text/event-stream; charset=utf-8")
	}
	if _, err := s.w.Write(data); err != nil {
		return err
	}
	return http.NewResponseController(s.w).Flush()
}

func (s *eventStream) json(status int, data any) error {
	s.begin(status, "application/json")
	_, err := s.w.Write(encode(data))
	return err
}

func (s *eventStream) begin(status int, contentType string) {
	s.begun = true
	header := s.w.Header()
	header.Set("Content-Type", contentType)
	header.Set("Cache-Control", "no-cache")
	header.Set("Request-Id", s.requestID)
	maps.Copy(header, s.header)
	s.w.WriteHeader(status)
}

func (f failure) body(requestID string) errorBody {
	return errorBody{Type: "error", Error: errorInfo{f.errorType, f.message}, RequestID: requestID}
}

func frame(name string, data any) []byte {
	return fmt.Appendf(nil, "event: %s\ndata: %s\n", name, encode(data))
}

// encode ends in a line feed. It leaves "<" and ">" alone, as the API does.
func encode(data any) []byte {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(data); err != nil {
		panic(err) // the wire types hold nothing that could fail
	}
	return buf.Bytes()
}
