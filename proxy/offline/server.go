package offline

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"
)

// Config says how a [Server] answers. The zero value plays [Demo] at full speed.
type Config struct {
	// Respond chooses the answer to one request; nil means [Demo]. It may be
	// called by several goroutines at once.
	Respond func(*Request) Reply
	// Pace is the time between two deltas of an answer that [Demo] writes for a
	// person; 0 writes them at once.
	Pace time.Duration
}

// Server is the stand-in; make one with [Start].
type Server struct {
	log  journal
	ids  ids
	pace time.Duration
	url  string

	mu      sync.Mutex
	respond func(*Request) Reply

	http   *http.Server
	cancel context.CancelFunc // ends the context of every answer
	conns  sync.WaitGroup     // connections that are still served
	served chan error         // what the accepting goroutine ended with
	close  func() error
}

// Start listens on a free port of 127.0.0.1 and serves until [Server.Close].
func Start(cfg Config) (*Server, error) {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("offline model: %w", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	s := &Server{
		pace:   cfg.Pace,
		url:    "http://" + listener.Addr().String(),
		cancel: cancel,
		served: make(chan error, 1),
	}
	s.log.changed = make(chan struct{})
	s.SetRespond(cfg.Respond)
	s.http = &http.Server{
		Handler:           s.routes(),
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ConnState:         s.countConn,
		ReadHeaderTimeout: 10 * time.Second,
	}
	s.close = sync.OnceValue(s.shutDown)
	go func() { s.served <- s.http.Serve(listener) }()
	return s, nil
}

// URL is the value for ANTHROPIC_BASE_URL, as "http://127.0.0.1:43211".
func (s *Server) URL() string { return s.url }

// SetRespond changes how requests that arrive from now on are answered; nil
// means [Demo].
func (s *Server) SetRespond(respond func(*Request) Reply) {
	if respond == nil {
		respond = Demo
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.respond = respond
}

// Close stops listening, cuts the answers that still run and waits until their
// goroutines have ended. Further calls return the same result.
func (s *Server) Close() error { return s.close() }

func (s *Server) shutDown() error {
	s.cancel()
	err := s.http.Close()
	if served := <-s.served; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	s.conns.Wait()
	return err
}

// countConn lets Close wait: http.Server.Close closes the connections but does
// not wait for their goroutines. StateNew is reported by the accepting
// goroutine, so no Add can come after that one has ended.
func (s *Server) countConn(_ net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		s.conns.Add(1)
	case http.StateClosed, http.StateHijacked:
		s.conns.Done()
	}
}

func (s *Server) responder() func(*Request) Reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.respond
}
