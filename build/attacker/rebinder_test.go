//go:build unix

package attacker

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// rebound is the address that the browser takes for that of rebound.test. The proxy
// does not listen there, so its port is free.
const rebound = "127.0.0.2"

// rebind is an attacker's server at another machine's port of the same number, whose
// name then leads to this machine (DNS rebinding): the first request gets the page,
// all others go where the name leads by now, byte for byte. Neither the browser nor
// the proxy can tell the difference.
func rebind(t *testing.T, port int, page func(http.ResponseWriter, *http.Request)) {
	t.Helper()
	l, err := net.Listen("tcp4", fmt.Sprintf("%s:%d", rebound, port))
	require.NoError(t, err)
	var conns sync.WaitGroup
	open := map[net.Conn]bool{}
	var mu sync.Mutex
	conns.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			open[c] = true
			mu.Unlock()
			conns.Go(func() {
				defer c.Close()
				in := bufio.NewReader(c)
				if first, _ := in.Peek(len("GET / ")); string(first) == "GET / " {
					once(c, in, page)
					return
				}
				splice(c, in, port)
			})
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		mu.Lock()
		for c := range open {
			_ = c.Close()
		}
		mu.Unlock()
		conns.Wait()
	})
}

// once answers one request.
func once(c net.Conn, in *bufio.Reader, page func(http.ResponseWriter, *http.Request)) {
	r, err := http.ReadRequest(in)
	if err != nil {
		return
	}
	w := &plainWriter{header: http.Header{}}
	page(w, r)
	fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s", len(w.body), w.body)
}

// plainWriter keeps a page.
type plainWriter struct {
	header http.Header
	body   []byte
}

func (w *plainWriter) Header() http.Header { return w.header }
func (w *plainWriter) WriteHeader(int)     {}
func (w *plainWriter) Write(p []byte) (int, error) {
	w.body = append(w.body, p...)
	return len(p), nil
}

// splice joins the connection with the proxy's port.
func splice(c net.Conn, in io.Reader, port int) {
	target, err := net.Dial("tcp4", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return
	}
	defer target.Close()
	var back sync.WaitGroup
	back.Go(func() {
		_, _ = io.Copy(c, target)
		_ = c.Close()
	})
	_, _ = io.Copy(target, in)
	_ = target.Close()
	back.Wait()
}
