package instance

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// Limits of a request. Handlers may take as long as they like.
const (
	headerTime = 5 * time.Second
	maxHeader  = 16 << 10 // bytes
	maxBody    = 1 << 20  // bytes
)

// Serve begins to answer other commands of this user, and of nobody else, with
// handler, and returns. It is called once. Reading a body of more than 1 MiB
// gives the handler an [*http.MaxBytesError].
func (i *Instance) Serve(handler http.Handler, version string) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.closed || i.server != nil {
		return errors.New("instance: Serve was called twice, or after Close")
	}
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("other commands cannot reach the app: %w", err)
	}
	r := record{Info: i.info, Token: newToken()}
	r.Version, r.Address = version, listener.Addr().String()
	i.server = &http.Server{
		Handler:           newGuard(r.Address, r.Token, handler),
		ReadHeaderTimeout: headerTime,
		IdleTimeout:       headerTime,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          slog.NewLogLogger(slog.Default().Handler(), slog.LevelWarn),
		// The guard is for "OPTIONS *" too.
		DisableGeneralOptionsHandler: true,
	}
	i.served = make(chan error, 1)
	server, served := i.server, i.served
	go func() { served <- server.Serve(listener) }()
	if err := r.write(i.dir); err != nil {
		_ = i.server.Close()
		<-i.served
		i.server = nil
		return unusable(i.dir, err)
	}
	return nil
}

// stop ends the server, if there is one.
func (i *Instance) stop(ctx context.Context) error {
	if i.server == nil {
		return nil
	}
	err := i.server.Shutdown(ctx)
	if err != nil {
		err = fmt.Errorf("requests of other commands were cut: %w", errors.Join(err, i.server.Close()))
	}
	if ended := <-i.served; !errors.Is(ended, http.ErrServerClosed) {
		err = errors.Join(err, fmt.Errorf("other commands could not reach the app any more: %w", ended))
	}
	return err
}

// newToken gives 256 random bits.
func newToken() string {
	random := make([]byte, 32)
	_, _ = rand.Read(random) // never fails
	return fmt.Sprintf("%x", random)
}
