package proxy

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	sseread "github.com/tmaxmax/go-sse"
	"go.uber.org/goleak"

	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/openai/openaitest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const resolved = "claude-opus-4-8"

// backend is a Backend whose answers a test writes. It counts what it was asked.
type backend struct {
	reply  func(ctx context.Context, r *conversation.Request) events
	status conversation.Status
	asked  atomic.Int64
}

func (b *backend) Reply(ctx context.Context, r *conversation.Request) events {
	b.asked.Add(1)
	if b.reply == nil {
		return saying("Hello", " there")
	}
	return b.reply(ctx, r)
}

func (b *backend) Models() []conversation.Model {
	return []conversation.Model{{ID: "claude-opus-4"}, {ID: "vendor/claude-haiku-4"}}
}

func (b *backend) Status() conversation.Status { return b.status }

var usage = conversation.Usage{InputTokens: 3, CacheReadTokens: 4, OutputTokens: 5}

func saying(deltas ...string) events {
	return func(yield func(conversation.Event, error) bool) {
		if !yield(conversation.Started{Model: resolved}, nil) {
			return
		}
		for _, text := range deltas {
			if !yield(conversation.TextDelta{Text: text}, nil) {
				return
			}
		}
		yield(conversation.Done{Reason: conversation.EndTurn, Usage: usage}, nil)
	}
}

func failing(err error) events {
	return func(yield func(conversation.Event, error) bool) { yield(nil, err) }
}

// untilCut is an answer that begins and then goes on until its request ends.
// ended is closed when it has let go.
func untilCut(begin bool, begun, ended chan<- struct{}) func(context.Context, *conversation.Request) events {
	return func(ctx context.Context, _ *conversation.Request) events {
		return func(yield func(conversation.Event, error) bool) {
			defer close(ended)
			if begin && (!yield(conversation.Started{Model: resolved}, nil) || !yield(conversation.TextDelta{Text: "Well,"}, nil)) {
				return
			}
			close(begun)
			<-ctx.Done()
			yield(nil, context.Cause(ctx))
		}
	}
}

// server is a proxy that serves on real sockets until the test ends.
type server struct {
	*Server
	port   int
	url    string // with /v1
	client *http.Client
	stop   func() error // ends Serve and waits for it
}

func serve(t testing.TB, c Config) *server {
	t.Helper()
	listeners, err := Listen(Loopback, 0)
	require.NoError(t, err)
	s := serveOn(t, c, listeners, nil)
	s.port = Port(listeners[0])
	s.url = "http://localhost:" + strconv.Itoa(s.port) + "/v1"
	return s
}

// servePipe serves on connections in memory, for tests in a synctest bubble, in
// which waits cost no time.
func servePipe(t testing.TB, c Config) *server {
	l := &pipeListener{conns: make(chan net.Conn), closed: make(chan struct{})}
	s := serveOn(t, c, []net.Listener{l}, l.dial)
	s.url = "http://localhost/v1"
	return s
}

func serveOn(t testing.TB, c Config, listeners []net.Listener, dial func(context.Context, string, string) (net.Conn, error)) *server {
	t.Helper()
	if c.Backend == nil {
		c.Backend = &backend{}
	}
	proxy, err := New(c)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- proxy.Serve(ctx, listeners) }()
	transport := &http.Transport{DialContext: dial}
	s := &server{Server: proxy, client: &http.Client{Transport: transport}}
	s.stop = sync.OnceValue(func() error {
		transport.CloseIdleConnections()
		cancel()
		return <-ended
	})
	t.Cleanup(func() { assert.NoError(t, s.stop()) })
	return s
}

type pipeListener struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (l *pipeListener) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case l.conns <- theirs:
		return ours, nil
	case <-l.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

func (l *pipeListener) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

const (
	blocking  = `{"model":"opus","messages":[{"role":"user","content":"Hi"}]}`
	streaming = `{"model":"opus","messages":[{"role":"user","content":"Hi"}],"stream":true}`
	withUsage = `{"model":"opus","messages":[{"role":"user","content":"Hi"}],"stream":true,"stream_options":{"include_usage":true}}`
)

// send sends a request; headers come as name, value, name, value.
func (s *server) send(ctx context.Context, method, path, body string, headers ...string) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(s.url, "/v1")+path, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	for i := 0; i < len(headers); i += 2 {
		if headers[i] == "Host" {
			r.Host = headers[i+1]
		} else {
			r.Header.Add(headers[i], headers[i+1])
		}
	}
	return s.client.Do(r)
}

// do sends a request and reads the whole answer.
func (s *server) do(t testing.TB, method, path, body string, headers ...string) (*http.Response, string) {
	t.Helper()
	response, err := s.send(t.Context(), method, path, body, headers...)
	require.NoError(t, err)
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response, string(answer)
}

func (s *server) chat(t testing.TB, body string, headers ...string) (*http.Response, string) {
	t.Helper()
	return s.do(t, http.MethodPost, "/v1/chat/completions", body, headers...)
}

// raw sends bytes on a connection of its own and gives all that comes back until
// the server closes it.
func (s *server) raw(t testing.TB, request string) string {
	t.Helper()
	conn := s.connect(t)
	defer conn.Close()
	_, err := io.WriteString(conn, request)
	require.NoError(t, err)
	answer, err := io.ReadAll(conn)
	if err != nil { // what was not read of a malformed request may reset the connection
		require.NotErrorIs(t, err, context.DeadlineExceeded)
	}
	return string(answer)
}

func (s *server) connect(t testing.TB) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)))
	require.NoError(t, err)
	// No test waits for this long: it is what a hang ends with.
	require.NoError(t, conn.SetDeadline(time.Now().Add(30*time.Second)))
	return conn
}

// failure is OpenAI's error object, every field of which must be there.
type failure struct{ Message, Type, Param, Code string }

func readError(t testing.TB, body string) failure {
	t.Helper()
	openaitest.Validate(t, "ErrorResponse", []byte(body))
	var fields struct{ Error map[string]*string }
	require.NoError(t, json.Unmarshal([]byte(body), &fields), body)
	get := func(name string) string {
		v, ok := fields.Error[name]
		require.True(t, ok, "%s is missing: %s", name, body)
		if v == nil {
			return "null"
		}
		return *v
	}
	return failure{get("message"), get("type"), get("param"), get("code")}
}

// stream reads an answer event by event.
type stream struct {
	*http.Response
	next func() (sseread.Event, error, bool)
	raw  bytes.Buffer // all that was read of it
}

func (s *server) stream(t testing.TB, ctx context.Context, body string, headers ...string) *stream {
	t.Helper()
	response, err := s.send(ctx, http.MethodPost, "/v1/chat/completions", body, headers...)
	require.NoError(t, err)
	t.Cleanup(func() { response.Body.Close() })
	require.Equal(t, http.StatusOK, response.StatusCode)
	require.Equal(t, "text/event-stream; charset=utf-8", response.Header.Get("Content-Type"))
	out := &stream{Response: response}
	next, stop := iter.Pull2(sseread.Read(io.TeeReader(response.Body, &out.raw), nil))
	t.Cleanup(stop)
	out.next = next
	return out
}

// event is the next event's data; "" at the end of the stream.
func (s *stream) event(t testing.TB) string {
	t.Helper()
	event, err, more := s.next()
	require.NoError(t, err)
	if !more {
		return ""
	}
	require.Empty(t, event.Type)
	return event.Data
}

// rest gives all events up to the end, which must be a clean one.
func (s *stream) rest(t testing.TB) (events []string) {
	t.Helper()
	for event := s.event(t); event != ""; event = s.event(t) {
		events = append(events, event)
	}
	for line := range strings.Lines(s.raw.String()) {
		require.False(t, strings.HasPrefix(line, ":"), "a comment: %q", line)
	}
	return events
}

// chunk says in short what a chunk does, after checking it against the schema.
func chunk(t testing.TB, data string) string {
	t.Helper()
	if data == "[DONE]" || data == "" {
		return data
	}
	if strings.HasPrefix(data, `{"error"`) {
		return "error " + readError(t, data).Code
	}
	openaitest.Validate(t, "CreateChatCompletionStreamResponse", []byte(data))
	var c struct {
		Choices []struct {
			Delta struct {
				Role    string
				Content *string
			}
			FinishReason string `json:"finish_reason"`
		}
		Usage *struct {
			TotalTokens int `json:"total_tokens"`
		}
	}
	require.NoError(t, json.Unmarshal([]byte(data), &c))
	switch {
	case len(c.Choices) == 0:
		return "usage " + strconv.Itoa(c.Usage.TotalTokens)
	case c.Choices[0].Delta.Role != "":
		return "role"
	case c.Choices[0].FinishReason != "":
		return "finish " + c.Choices[0].FinishReason
	case c.Choices[0].Delta.Content != nil:
		return "text " + *c.Choices[0].Delta.Content
	}
	return "empty"
}

func chunks(t testing.TB, events []string) (out []string) {
	t.Helper()
	for _, e := range events {
		out = append(out, chunk(t, e))
	}
	return out
}

// wait waits for a channel to be closed. The limit is what a hang ends with.
func wait(t testing.TB, c <-chan struct{}, what string) {
	t.Helper()
	select {
	case <-c:
	case <-time.After(30 * time.Second):
		t.Fatalf("this did not happen: %s", what)
	}
}

// readAnswers reads HTTP answers off a connection until its end.
func readAnswers(t testing.TB, raw string) (statuses []int) {
	t.Helper()
	reader := bufio.NewReader(strings.NewReader(raw))
	for {
		response, err := http.ReadResponse(reader, nil)
		if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
			return statuses
		}
		require.NoError(t, err, raw)
		_, _ = io.Copy(io.Discard, response.Body)
		response.Body.Close()
		statuses = append(statuses, response.StatusCode)
	}
}
