package offline_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/proxy/offline"
)

// deadline bounds every wait of the tests; it is reached only when one fails.
const deadline = 20 * time.Second

func start(t *testing.T, respond func(*offline.Request) offline.Reply) *offline.Server {
	t.Helper()
	s, err := offline.Start(offline.Config{Respond: respond})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

func always(r offline.Reply) func(*offline.Request) offline.Reply {
	return func(*offline.Request) offline.Reply { return r }
}

func testContext(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), deadline)
	t.Cleanup(cancel)
	return ctx
}

// question is the body of a request with one user message.
func question(text string, stream bool) string {
	body, err := json.Marshal(map[string]any{
		"model": "claude-opus-4-8", "max_tokens": 64000, "stream": stream,
		"messages": []any{map[string]any{"role": "user", "content": text}},
	})
	if err != nil {
		panic(err)
	}
	return string(body)
}

// post sends a body over a connection of its own; an error means that no
// response came.
func post(ctx context.Context, s *offline.Server, body string, header ...string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL()+"/v1/messages?beta=true", strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Close = true
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	return http.DefaultTransport.RoundTrip(req)
}

// ask posts a streaming question and returns the open response.
func ask(t *testing.T, s *offline.Server, text string) *http.Response {
	t.Helper()
	res, err := post(testContext(t), s, question(text, true))
	require.NoError(t, err)
	t.Cleanup(func() { _ = res.Body.Close() })
	return res
}

// event is one server-sent event, its data decoded.
type event struct {
	name string
	data map[string]any
}

func (e event) at(path ...string) any {
	var v any = e.data
	for _, key := range path {
		m, _ := v.(map[string]any)
		v = m[key]
	}
	return v
}

var errBroken = errors.New("the stream broke off inside an event")

// eventReader is a reader of https://html.spec.whatwg.org/multipage/server-sent-events.html
// that knows nothing of how the package writes: exactly one "event:" and one
// "data:" line, then an empty one.
type eventReader struct{ lines *bufio.Reader }

func newEventReader(r io.Reader) *eventReader { return &eventReader{bufio.NewReader(r)} }

// next returns io.EOF when the stream ends between two events.
func (r *eventReader) next() (event, error) {
	var e event
	name, err := r.lines.ReadString('\n')
	if err != nil {
		if name == "" {
			return e, err
		}
		return e, errBroken
	}
	data, err := r.lines.ReadString('\n')
	if err != nil {
		return e, errBroken
	}
	empty, err := r.lines.ReadString('\n')
	if err != nil {
		return e, errBroken
	}
	var okName, okData bool
	e.name, okName = strings.CutPrefix(strings.TrimSuffix(name, "\n"), "event: ")
	data, okData = strings.CutPrefix(data, "data: ")
	if !okName || !okData || empty != "\n" {
		return e, errors.New("not an event: " + name + data + empty)
	}
	return e, json.Unmarshal([]byte(data), &e.data)
}

// all reads to the end; the error is nil when the stream ended in good order.
func (r *eventReader) all() ([]event, error) {
	var events []event
	for {
		e, err := r.next()
		if errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return events, nil
		}
		if err != nil {
			return events, err
		}
		events = append(events, e)
	}
}

// readEvents reads a response that ends in good order.
func readEvents(t *testing.T, res *http.Response) []event {
	t.Helper()
	events, err := newEventReader(res.Body).all()
	require.NoError(t, err)
	return events
}

// textOf joins the text deltas.
func textOf(events []event) string {
	var out bytes.Buffer
	for _, e := range events {
		if e.at("delta", "type") == "text_delta" {
			out.WriteString(e.at("delta", "text").(string))
		}
	}
	return out.String()
}

func last(events []event, name string) event {
	for i := len(events) - 1; i >= 0; i-- {
		if events[i].name == name {
			return events[i]
		}
	}
	return event{}
}

// apiError is the error body of https://docs.anthropic.com/en/api/errors.
type apiError struct {
	Type  string `json:"type"`
	Error struct {
		Type    string `json:"type"`
		Message string `json:"message"`
	} `json:"error"`
	RequestID string `json:"request_id"`
}

func readError(t *testing.T, res *http.Response) apiError {
	t.Helper()
	var e apiError
	require.Equal(t, "application/json", res.Header.Get("Content-Type"))
	require.NoError(t, json.NewDecoder(res.Body).Decode(&e))
	require.Equal(t, "error", e.Type)
	require.Equal(t, res.Header.Get("Request-Id"), e.RequestID)
	return e
}
