package sse

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	reader "github.com/tmaxmax/go-sse"
)

// recorder notes every write and flush in order.
type recorder struct {
	bytes.Buffer
	calls    []string
	writeErr error
	flushErr error
}

func (r *recorder) Write(p []byte) (int, error) {
	r.calls = append(r.calls, "write")
	if r.writeErr != nil {
		return 0, r.writeErr
	}
	return r.Buffer.Write(p)
}

func (r *recorder) Flush() error {
	r.calls = append(r.calls, "flush")
	return r.flushErr
}

// read gives the events' data as an independent reader sees them.
func read(t testing.TB, stream io.Reader) []string {
	var events []string
	for event, err := range reader.Read(stream, nil) {
		require.NoError(t, err)
		require.Empty(t, event.Type)
		events = append(events, event.Data)
	}
	return events
}

func TestEachEventIsOneWriteAndOneFlush(t *testing.T) {
	var out recorder
	w := NewWriter(&out, &out)
	require.NoError(t, w.Send(Event{Data: []byte(`{"a":1}`)}))
	require.NoError(t, w.Send(Event{Data: []byte(`{"a":2}`)}))
	require.NoError(t, w.Send(Done))
	assert.Equal(t, "data: {\"a\":1}\n\ndata: {\"a\":2}\n\ndata: [DONE]\n\n", out.String())
	assert.Equal(t, []string{"write", "flush", "write", "flush", "write", "flush"}, out.calls)
	assert.Equal(t, []string{`{"a":1}`, `{"a":2}`, "[DONE]"}, read(t, &out.Buffer))
}

func TestNoPayloadBreaksOutOfItsEvent(t *testing.T) {
	for payload, want := range map[string]string{
		"a\nb":                 "a\nb",
		"a\r\nb":               "a\nb",
		"a\rb":                 "a\nb",
		"a\n\ndata: [DONE]":    "a\n\ndata: [DONE]",
		"event: x\n: comment":  "event: x\n: comment",
		" leading space":       " leading space",
		"trailing newline\n":   "trailing newline\n",
		"\u2028 is no newline": "\u2028 is no newline",
	} {
		var out recorder
		require.NoError(t, NewWriter(&out, &out).Send(Event{Data: []byte(payload)}))
		assert.Equal(t, []string{want}, read(t, &out.Buffer), "%q", payload)
	}
}

func TestThereAreNoComments(t *testing.T) {
	var out recorder
	w := NewWriter(&out, &out)
	require.NoError(t, w.Send(Event{Data: []byte("x\n: y\n\n:")}))
	require.NoError(t, w.Send(Done))
	for line := range strings.Lines(out.String()) {
		assert.False(t, strings.HasPrefix(line, ":"), "%q", line)
	}
}

func TestAnErrorSilencesTheWriter(t *testing.T) {
	gone := errors.New("the client has gone")
	for name, out := range map[string]*recorder{
		"writing":  {writeErr: gone},
		"flushing": {flushErr: gone},
	} {
		t.Run(name, func(t *testing.T) {
			w := NewWriter(out, out)
			require.ErrorIs(t, w.Send(Event{Data: []byte("x")}), gone)
			before := len(out.calls)
			require.ErrorIs(t, w.Send(Event{Data: []byte("y")}), gone)
			require.ErrorIs(t, w.Send(Done), gone)
			assert.Len(t, out.calls, before)
		})
	}
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }
func (discard) Flush() error                { return nil }

func TestAnEventCostsNoAllocation(t *testing.T) {
	w := NewWriter(discard{}, discard{})
	payload := bytes.Repeat([]byte("x"), 300)
	assert.Zero(t, testing.AllocsPerRun(100, func() { _ = w.Send(Event{Data: payload}) }))
}

func TestAHugeEventDoesNotStayInMemory(t *testing.T) {
	w := NewWriter(discard{}, discard{})
	require.NoError(t, w.Send(Event{Data: make([]byte, 1<<20)}))
	assert.Zero(t, cap(w.buf))
}

func FuzzOneEventStaysOneEvent(f *testing.F) {
	f.Add("{}")
	f.Add("a\r\n\r\nb\n: c")
	f.Fuzz(func(t *testing.T, payload string) {
		if len(payload) > 1000 || strings.ContainsRune(payload, 0) {
			t.Skip()
		}
		var out recorder
		require.NoError(t, NewWriter(&out, &out).Send(Event{Data: []byte(payload)}))
		want := strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(payload)
		if want == "" {
			return // an event without data is not dispatched by readers
		}
		require.Equal(t, []string{want}, read(t, &out.Buffer))
	})
}
