package offline

import (
	"context"
	"slices"
	"sync"
)

// journal remembers the requests and counts the running answers. Whoever waits
// takes the channel, which every change closes and replaces.
type journal struct {
	mu       sync.Mutex
	requests []*Request
	active   int
	changed  chan struct{}
}

// Requests are the requests to /v1/messages since the start or the last
// [Server.Reset], in the order in which they arrived. They are not to be changed.
func (s *Server) Requests() []*Request {
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	return slices.Clone(s.log.requests)
}

// Reset forgets the requests so far. Answers that run go on and stay counted.
func (s *Server) Reset() {
	s.log.change(func() { s.log.requests = nil })
}

// Active is how many answers are being written or waited for now. It drops as
// soon as the peer hangs up, whatever the script still had to say.
func (s *Server) Active() int {
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	return s.log.active
}

// WaitRequests waits until n requests or more were received since the last
// [Server.Reset], and fails with the context's error.
func (s *Server) WaitRequests(ctx context.Context, n int) error {
	return s.log.wait(ctx, func() bool { return len(s.log.requests) >= n })
}

// WaitIdle waits until no answer is running, and fails with the context's error.
func (s *Server) WaitIdle(ctx context.Context) error {
	return s.log.wait(ctx, func() bool { return s.log.active == 0 })
}

// arrived notes the request and its answer's begin as one change: whoever has
// seen the request sees the answer as active, too.
func (j *journal) arrived(req *Request) {
	j.change(func() {
		j.requests = append(j.requests, req)
		j.active++
	})
}

func (j *journal) finished() {
	j.change(func() { j.active-- })
}

func (j *journal) change(edit func()) {
	j.mu.Lock()
	defer j.mu.Unlock()
	edit()
	close(j.changed)
	j.changed = make(chan struct{})
}

func (j *journal) wait(ctx context.Context, reached func() bool) error {
	for {
		j.mu.Lock()
		ok, changed := reached(), j.changed
		j.mu.Unlock()
		if ok {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
