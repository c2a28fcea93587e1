//go:build linux

package main

import (
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/build/apptest"
)

// link is the network between the CLI and Anthropic: it passes connections on, until
// somebody cuts it.
type link struct {
	t      *testing.T
	target string
	addr   string

	mu       sync.Mutex
	listener net.Listener // nil while it is cut
	conns    map[net.Conn]struct{}
	running  sync.WaitGroup
}

func newLink(t *testing.T, url string) *link {
	port, err := apptest.FreePort()
	require.NoError(t, err)
	l := &link{
		t: t, target: strings.TrimPrefix(url, "http://"), addr: net.JoinHostPort("127.0.0.1", strconv.Itoa(port)),
		conns: map[net.Conn]struct{}{},
	}
	l.join()
	t.Cleanup(l.cut)
	return l
}

func (l *link) url() string { return "http://" + l.addr }

// join lets connections through from now on, at the same address as before.
func (l *link) join() {
	listener, err := net.Listen("tcp", l.addr)
	require.NoError(l.t, err)
	l.mu.Lock()
	l.listener = listener
	l.mu.Unlock()
	l.running.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			l.running.Go(func() { l.pass(conn) })
		}
	})
}

// cut refuses connections and ends those that there are.
func (l *link) cut() {
	l.mu.Lock()
	if l.listener != nil {
		_ = l.listener.Close()
		l.listener = nil
	}
	for conn := range l.conns {
		_ = conn.Close()
	}
	l.mu.Unlock()
	l.running.Wait()
}

func (l *link) pass(near net.Conn) {
	far, err := net.Dial("tcp", l.target)
	if err != nil {
		_ = near.Close()
		return
	}
	l.mu.Lock()
	cut := l.listener == nil
	l.conns[near], l.conns[far] = struct{}{}, struct{}{}
	l.mu.Unlock()
	if cut {
		_, _ = near.Close(), far.Close()
	}
	var both sync.WaitGroup
	for _, way := range [][2]net.Conn{{near, far}, {far, near}} {
		both.Go(func() {
			_, _ = io.Copy(way[0], way[1])
			_ = near.Close()
			_ = far.Close()
		})
	}
	both.Wait()
	l.mu.Lock()
	delete(l.conns, near)
	delete(l.conns, far)
	l.mu.Unlock()
}
