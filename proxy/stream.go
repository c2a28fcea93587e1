package proxy

import (
	"context"
	"net/http"
	"time"

	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/sse"
)

// stream sends the answer chunk by chunk. A failure before the first chunk is
// returned with nothing sent, so that it gets its own status; a later one is sent
// as the protocol's error chunk and returned as well.
func (s *Server) stream(x *exchange, r *http.Request, e encoder, events events) *conversation.Error {
	ctx, cancel := context.WithCancel(r.Context())
	steps := s.pump(ctx, events)
	defer func() {
		cancel()
		for range steps { // until the backend has let go
		}
	}()

	control := http.NewResponseController(x)
	out := sse.NewWriter(x, control)
	send := func(chunks ...sse.Event) (err error) {
		if x.status == 0 {
			x.Header().Set("Content-Type", sse.ContentType)
			x.Header().Set("X-Accel-Buffering", "no")
			x.WriteHeader(http.StatusOK)
		}
		for _, chunk := range chunks {
			// A client that does not read must not keep a process busy for ever.
			_ = control.SetWriteDeadline(time.Now().Add(s.config.ClientWait))
			if err = out.Send(chunk); err != nil {
				x.left = true
				return err
			}
		}
		return nil
	}
	silence := time.NewTimer(s.config.HeaderWait)
	defer silence.Stop()
	// The last chunks wait until the backend has put the conversation away: a
	// client that answers at once must find it there.
	var last []sse.Event
	for {
		select {
		case step, more := <-steps:
			switch {
			case more && e.Finished():
				continue // whatever comes, the answer is complete
			case !more && e.Finished():
				_ = send(last...)
				return nil
			case !more:
				step.err = conversation.Incomplete()
			}
			if step.err != nil {
				err := cause(ctx, step.err)
				if x.status != 0 {
					// The answer that the client has is not whole, and must not end as if it were.
					_ = send(e.Error(err)...)
				}
				return err
			}
			if x.notice(step.event) {
				continue
			}
			chunks := e.Event(step.event)
			if e.Finished() {
				last = chunks
				continue
			}
			if len(chunks) == 0 {
				continue // for the client it is still silent
			}
			if send(chunks...) != nil {
				return nil
			}
		case <-silence.C:
			// An answer that is complete waits for its backend no longer than this.
			chunks := last
			last = nil
			if !e.Finished() {
				chunks = e.KeepAlive()
			}
			if send(chunks...) != nil {
				return nil
			}
		}
		silence.Reset(s.config.KeepAlive)
	}
}

// step is one element of an event sequence.
type step struct {
	event conversation.Event
	err   error
}

// pump reads the sequence in a goroutine of its own, one event ahead at most, so
// that a wait for an event can have a time limit. The channel is closed when the
// sequence has ended, which ending ctx brings about.
func (s *Server) pump(ctx context.Context, events events) <-chan step {
	steps := make(chan step)
	pass := func(s step) bool {
		select {
		case steps <- s:
			return true
		case <-ctx.Done():
			return false
		}
	}
	go func() {
		defer close(steps)
		defer func() {
			if p := recover(); p != nil { // it would end the whole program
				pass(step{err: s.defect(p)})
			}
		}()
		for event, err := range events {
			if !pass(step{event, err}) {
				return
			}
		}
	}()
	return steps
}
