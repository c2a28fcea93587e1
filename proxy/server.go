package proxy

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"

	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/openai/responses"
)

// Backend answers requests. The driver of the Claude Code CLI is one.
type Backend interface {
	// Reply answers one request with events that end with Done or an error.
	// Ending ctx, or the loop over the events, stops the work at once.
	Reply(ctx context.Context, r *conversation.Request) iter.Seq2[conversation.Event, error]
	// Models and Status answer from what is known, without asking upstream.
	Models() []conversation.Model
	Status() conversation.Status
}

// Config says how to serve. The zero value of each field but Backend is a default.
type Config struct {
	Backend Backend
	// Version is ours, for /health.
	Version string
	// APIKey is what clients must send; "" accepts any key, and none.
	APIKey string
	// AllowedOrigins are web origins, as "http://localhost:8080", whose pages may
	// use the API from a browser. Any other page may not.
	AllowedOrigins []string
	// AllowedHosts are names, besides those of the loopback interface, that
	// clients may know this machine by, as "host.docker.internal".
	AllowedHosts []string
	// AnyHost accepts every name: for listening beyond loopback, where the API
	// key is what guards. It needs one.
	AnyHost bool
	// MaxBody bounds a request's body in bytes, and those of all requests together to eight
	// times as much; 0 is 64 MiB.
	MaxBody int64
	// HeaderWait is how long a stream's headers wait for the first word, so that
	// an early failure keeps its true status; 0 is 10 s.
	HeaderWait time.Duration
	// KeepAlive is the silence after which a stream gets an empty chunk; 0 is 10 s.
	KeepAlive time.Duration
	// ClientWait is how long a client may take to send its body, and to take a
	// chunk of its answer; 0 is 2 min.
	ClientWait time.Duration
	// Concluded is told how each request for an answer ended: nil when it was
	// answered, or the client left. It must not block; nil for nobody.
	Concluded func(*conversation.Error)
	// Log gets a line a request, never what it says; nil discards.
	Log *slog.Logger
}

// DefaultMaxBody is 64 MiB.
const DefaultMaxBody = 64 << 20

// Server is the HTTP handler and what it counts.
type Server struct {
	config  Config
	guard   guard
	started time.Time

	bodies    *semaphore.Weighted // bytes of requests' bodies
	gaveWay   atomic.Int64        // when one of them last gave way to others, in nanoseconds from started
	responses *responses.Store

	total, failed atomic.Int64
}

// New checks the configuration.
func New(c Config) (*Server, error) {
	if c.Backend == nil {
		return nil, errors.New("proxy: Config.Backend is required")
	}
	if c.MaxBody == 0 {
		c.MaxBody = DefaultMaxBody
	}
	if c.HeaderWait == 0 {
		c.HeaderWait = 10 * time.Second
	}
	if c.KeepAlive == 0 {
		c.KeepAlive = 10 * time.Second
	}
	if c.ClientWait == 0 {
		c.ClientWait = 2 * time.Minute
	}
	if c.Concluded == nil {
		c.Concluded = func(*conversation.Error) {}
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	g, err := newGuard(c)
	if err != nil {
		return nil, err
	}
	return &Server{
		config: c, guard: g, started: time.Now(),
		bodies: semaphore.NewWeighted(mostBodies * c.MaxBody), responses: responses.NewStore(c.MaxBody),
	}, nil
}

// What is left of running requests once ctx has ended.
const (
	shutdownGrace = 5 * time.Second // to finish
	cutGrace      = time.Second     // to say that they were cut
)

// Serve answers on the listeners until ctx ends, then lets running requests
// finish for a few seconds, cuts those that go on, and closes the listeners. It
// returns nil after ctx's end, otherwise why a listener failed.
func (s *Server) Serve(ctx context.Context, listeners []net.Listener) error {
	requests, cut := context.WithCancelCause(context.Background())
	defer cut(nil)
	var connections sync.WaitGroup
	server := &http.Server{
		Handler:           s,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		BaseContext:       func(net.Listener) context.Context { return requests },
		ConnState: func(_ net.Conn, state http.ConnState) {
			switch state {
			case http.StateNew:
				connections.Add(1)
			case http.StateClosed, http.StateHijacked:
				connections.Done()
			}
		},
		ErrorLog: slog.NewLogLogger(s.config.Log.Handler(), slog.LevelDebug),
		// The guards are for "OPTIONS *" too.
		DisableGeneralOptionsHandler: true,
	}
	failed := make(chan error)
	for _, l := range listeners {
		go func() { failed <- server.Serve(l) }()
	}
	serving := len(listeners)
	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
		serving--
		err = fmt.Errorf("the listener failed: %w", err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for range serving {
			<-failed
		}
		connections.Wait() // no more are added: nobody accepts
	}()
	if shutdown(server, shutdownGrace) != nil {
		cut(&conversation.Error{
			Kind:    conversation.ShuttingDown,
			Message: "The proxy was stopped before the answer was complete.",
			Hint:    "Send the request again once it runs.",
		})
		// Handlers end when their context does; one that cannot get rid of its
		// answer ends with its connection.
		if shutdown(server, cutGrace) != nil {
			_ = server.Close()
		}
	}
	<-ended
	return err
}

// shutdown closes the listeners and waits a little for requests to end.
func shutdown(server *http.Server, grace time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	return server.Shutdown(ctx)
}
