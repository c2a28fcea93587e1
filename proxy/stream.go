package proxy

import (
	"context"
	"iter"
	"net/http"
	"time"

	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/sse"
)

// encoder turns events into the chunks of one protocol's stream.
type encoder interface {
	// Event gives an event's chunks.
	Event(conversation.Event) [][]byte
	// KeepAlive gives a chunk that says nothing.
	KeepAlive() []byte
	// Error gives what ends a stream that failed after it began.
	Error(error) []byte
	// Finished reports that the answer was complete.
	Finished() bool
}

// stream sends the answer chunk by chunk. A failure before the first event is
// returned with nothing sent, so that it gets its own status; a later one is sent
// as the protocol's error chunk and returned as well.
func (s *Server) stream(x *exchange, r *http.Request, e encoder, events iter.Seq2[conversation.Event, error]) *conversation.Error {
	ctx, cancel := context.WithCancel(r.Context())
	steps := pump(ctx, events)
	defer func() {
		cancel()
		for range steps { // until the backend has let go
		}
	}()

	out := sse.NewWriter(x, http.NewResponseController(x))
	begin := func() {
		if x.status == 0 {
			x.Header().Set("Content-Type", sse.ContentType)
			x.Header().Set("X-Accel-Buffering", "no")
			x.WriteHeader(http.StatusOK)
		}
	}
	silence := time.NewTimer(s.config.HeaderWait)
	defer silence.Stop()
	// The last chunks wait until the backend has put the conversation away: a
	// client that answers at once must find it there.
	var last [][]byte
	for {
		select {
		case step, more := <-steps:
			if !more && !e.Finished() {
				step.err = conversation.Incomplete()
			}
			switch {
			case step.err != nil && x.status == 0:
				return conversation.AsError(step.err)
			case step.err != nil:
				return broken(x, out, e, conversation.AsError(step.err))
			case !more:
				begin()
				for _, chunk := range last {
					_ = out.Data(chunk)
				}
				_ = out.Done()
				return nil
			}
			chunks := e.Event(step.event)
			if e.Finished() {
				last = chunks
				continue
			}
			begin()
			for _, chunk := range chunks {
				if out.Data(chunk) != nil {
					return nil // the client has left
				}
			}
		case <-silence.C:
			begin()
			if out.Data(e.KeepAlive()) != nil {
				return nil
			}
		}
		silence.Reset(s.config.KeepAlive)
	}
}

// broken tells the client that the answer it has is not whole: no finish_reason
// and no [DONE] after it.
func broken(x *exchange, out *sse.Writer, e encoder, err *conversation.Error) *conversation.Error {
	x.kind = err.Kind
	_ = out.Data(e.Error(err))
	return err
}

// step is one element of an event sequence.
type step struct {
	event conversation.Event
	err   error
}

// pump reads the sequence in a goroutine of its own, one event ahead at most, so
// that a wait for an event can have a time limit. The channel is closed when the
// sequence has ended, which ending ctx brings about.
func pump(ctx context.Context, events iter.Seq2[conversation.Event, error]) <-chan step {
	steps := make(chan step)
	go func() {
		defer close(steps)
		for event, err := range events {
			select {
			case steps <- step{event, err}:
			case <-ctx.Done():
				return
			}
		}
	}()
	return steps
}
