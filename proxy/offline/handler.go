package offline

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"
)

// maxBody is the Messages API's own limit of a request, in bytes:
// https://docs.anthropic.com/en/api/overview#request-size-limits.
const maxBody = 32 << 20

var (
	errTooLarge = errors.New("request exceeds the maximum allowed number of bytes")
	errEncoding = errors.New("unsupported content encoding")
)

func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/messages", s.messages)
	mux.HandleFunc("POST /v1/messages/count_tokens", s.countTokens)
	// The CLI probes the address with "HEAD /" and asks for things that only the
	// real service has; a 404 makes it go on without them.
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		s.fail(w, failure{http.StatusNotFound, "not_found_error", "Not found"})
	})
	return mux
}

// messages answers POST /v1/messages; the CLI adds "?beta=true".
func (s *Server) messages(w http.ResponseWriter, r *http.Request) {
	body, err := readBody(r)
	if err != nil {
		s.fail(w, bodyFailure(err))
		return
	}
	req, err := decodeRequest(body)
	req.Header = r.Header.Clone()
	req.Arrived = time.Now()
	s.log.arrived(req)
	defer s.log.finished()
	if err != nil {
		s.fail(w, bodyFailure(err))
		return
	}
	if f, ok := breach(body); ok {
		s.fail(w, f)
		return
	}

	reply := s.responder()(req)
	var out sink
	stream := &eventStream{w: w, header: reply.header, requestID: s.ids.request()}
	if req.Stream {
		out = stream
	} else {
		out = &wholeMessage{stream: stream}
	}
	p := &player{ctx: r.Context(), req: req, out: out, ids: &s.ids, pace: s.pace, reply: reply}
	if err := p.play(); err != nil {
		// The answer stays unfinished: without this net/http would end the body
		// in good order. The panic is net/http's way to close the connection,
		// which it does not log.
		panic(http.ErrAbortHandler)
	}
}

// countTokens answers with the same guess that the usage figures are made of.
func (s *Server) countTokens(w http.ResponseWriter, r *http.Request) {
	body, err := readBody(r)
	if err != nil {
		s.fail(w, bodyFailure(err))
		return
	}
	req, err := decodeRequest(body)
	if err != nil {
		s.fail(w, bodyFailure(err))
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Request-Id", s.ids.request())
	_, _ = io.WriteString(w, `{"input_tokens":`+strconv.Itoa(req.inputTokens())+"}\n")
}

func (s *Server) fail(w http.ResponseWriter, f failure) {
	stream := &eventStream{w: w, requestID: s.ids.request()}
	_ = stream.fail(f) // the peer is gone: nobody is left to be told
}

// readBody reads everything before anything is answered: net/http notices that
// the peer hangs up only once the body was read to its end.
func readBody(r *http.Request) ([]byte, error) {
	raw, err := readLimited(r.Body)
	if err != nil {
		return nil, err
	}
	switch r.Header.Get("Content-Encoding") {
	case "", "identity":
		return raw, nil
	case "gzip":
		unzip, err := gzip.NewReader(bytes.NewReader(raw))
		if err != nil {
			return nil, err
		}
		return readLimited(unzip)
	}
	return nil, errEncoding
}

func readLimited(r io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxBody+1))
	if err == nil && len(data) > maxBody {
		err = errTooLarge
	}
	return data, err
}

func bodyFailure(err error) failure {
	if errors.Is(err, errTooLarge) {
		return failure{http.StatusRequestEntityTooLarge, "request_too_large", "Request exceeds the maximum size"}
	}
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return failure{http.StatusBadRequest, "invalid_request_error", "The request body is not valid JSON: " + err.Error()}
	}
	return failure{http.StatusBadRequest, "invalid_request_error", err.Error()}
}
