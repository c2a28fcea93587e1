package proxy

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/proxy/conversation"
)

func TestLocalhostIsBothFamiliesOnOnePort(t *testing.T) {
	listeners, err := Listen(Loopback, 0)
	require.NoError(t, err)
	closeAll(t, listeners)
	if len(listeners) == 1 {
		t.Skip("no IPv6 here")
	}
	assert.Equal(t, Port(listeners[0]), Port(listeners[1]))
	assert.NotZero(t, Port(listeners[0]))
	for i, want := range []string{"127.0.0.1", "::1"} {
		assert.Equal(t, want, listeners[i].Addr().(*net.TCPAddr).IP.String())
	}
}

func closeAll(t testing.TB, listeners []net.Listener) {
	t.Cleanup(func() {
		for _, l := range listeners {
			l.Close()
		}
	})
}

func TestAPortThatIsTakenIsTold(t *testing.T) {
	holders, err := Listen(Loopback, 0)
	require.NoError(t, err)
	closeAll(t, holders)
	port := Port(holders[0])
	for _, address := range []string{Loopback, "127.0.0.1"} {
		_, err = Listen(address, port)
		require.Error(t, err)
		assert.True(t, InUse(err), err)
		assert.ErrorContains(t, err, "cannot listen on 127.0.0.1:")
	}
	assert.False(t, InUse(errors.New("another")))
	assert.False(t, InUse(nil))
	assert.False(t, InUse(syscall.ECONNREFUSED))
}

// With the other half of localhost at somebody else's, half of the clients would
// talk to a stranger.
func TestHalfOfLocalhostIsNotEnough(t *testing.T) {
	stranger, err := net.Listen("tcp6", "[::1]:0")
	if err != nil {
		t.Skip("no IPv6 here")
	}
	port := Port(stranger)
	_, err = Listen(Loopback, port)
	require.Error(t, err)
	assert.True(t, InUse(err), err)
	assert.ErrorContains(t, err, "cannot listen on [::1]:")

	require.NoError(t, stranger.Close())
	listeners, err := Listen(Loopback, port)
	require.NoError(t, err, "127.0.0.1 was given back")
	closeAll(t, listeners)
}

func TestOneAddressIsOneListener(t *testing.T) {
	listeners, err := Listen("127.0.0.1", 0)
	require.NoError(t, err)
	closeAll(t, listeners)
	assert.Len(t, listeners, 1)
	_, err = Listen("no.such.host.invalid", 0)
	assert.ErrorContains(t, err, "cannot listen on no.such.host.invalid:0")
	assert.False(t, InUse(err))
}

func TestLoopbackAddressesAreKnown(t *testing.T) {
	for address, want := range map[string]bool{
		"localhost": true, "127.0.0.1": true, "::1": true, "127.1.2.3": true,
		"": false, "0.0.0.0": false, "::": false, "192.168.1.2": false, "example.com": false, "[::1]": false,
	} {
		assert.Equal(t, want, IsLoopback(address), address)
	}
}

func TestBothFamiliesAreServedAndClosed(t *testing.T) {
	s, _ := asking(t, Config{})
	response, _ := s.do(t, http.MethodGet, "/health", "")
	require.Equal(t, http.StatusOK, response.StatusCode)
	for _, host := range []string{"127.0.0.1", "[::1]"} {
		if conn, err := net.Dial("tcp", strings.Replace(s.url[len("http://"):len(s.url)-len("/v1")], "localhost", host, 1)); err == nil {
			require.NoError(t, conn.Close())
		} else {
			require.Equal(t, "[::1]", host, "only IPv6 may be missing: %v", err)
		}
	}
	require.NoError(t, s.stop())
	listeners, err := Listen(Loopback, s.port)
	require.NoError(t, err, "both ports are free again")
	closeAll(t, listeners)
}

// lasting is an answer that takes its time, unless its request is cut.
func lasting(d time.Duration) func(context.Context, *conversation.Request) events {
	return func(ctx context.Context, _ *conversation.Request) events {
		return func(yield func(conversation.Event, error) bool) {
			if !yield(conversation.Started{Model: resolved}, nil) || !yield(conversation.TextDelta{Text: "The "}, nil) {
				return
			}
			select {
			case <-time.After(d):
				saying("whole")(yield)
			case <-ctx.Done():
				yield(nil, errors.New("what a cut led to"))
			}
		}
	}
}

// answerAround asks, ends Serve while the answer is being made, and gives what
// the client got and how long Serve went on.
func answerAround(t *testing.T, takes time.Duration, body string) (status int, answer string, stopped time.Duration) {
	var log logbook
	s := servePipe(t, Config{Backend: &backend{reply: lasting(takes)}, Log: log.logger()})
	got := make(chan struct{})
	go func() {
		defer close(got)
		response, err := s.send(t.Context(), http.MethodPost, "/v1/chat/completions", body)
		if assert.NoError(t, err) {
			text, _ := io.ReadAll(response.Body)
			response.Body.Close()
			status, answer = response.StatusCode, string(text)
		}
	}()
	synctest.Wait()
	begun := time.Now()
	require.NoError(t, s.stop())
	stopped = time.Since(begun)
	<-got
	assert.Contains(t, log.String(), "msg=request", "Serve ends after its handlers")
	return status, answer, stopped
}

func TestARunningRequestMayFinishWhenServeEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		status, answer, took := answerAround(t, 4*time.Second, streaming)
		assert.Equal(t, http.StatusOK, status)
		assert.Contains(t, answer, "[DONE]")
		assert.Less(t, took, 5*time.Second)
	})
}

func TestARequestThatGoesOnIsCutAndTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		status, answer, took := answerAround(t, time.Hour, streaming)
		assert.Equal(t, http.StatusOK, status)
		assert.Contains(t, answer, `"code":"shutting_down"`)
		assert.NotContains(t, answer, "[DONE]")
		assert.NotContains(t, answer, `"finish_reason":"`)
		assert.Less(t, took, 7*time.Second)
	})
	synctest.Test(t, func(t *testing.T) {
		status, answer, took := answerAround(t, time.Hour, blocking)
		assert.Equal(t, http.StatusServiceUnavailable, status, "not an empty 200")
		assert.Equal(t, "shutting_down", readError(t, answer).Code)
		assert.Less(t, took, 7*time.Second)
	})
}

// A handler that is stuck in writing hears of no context.
func TestAClientThatDoesNotReadCannotHoldUpTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log logbook
		s := servePipe(t, Config{ClientWait: time.Hour, Log: log.logger(), Backend: &backend{reply: func(context.Context, *conversation.Request) events {
			return func(yield func(conversation.Event, error) bool) {
				for yield(conversation.TextDelta{Text: strings.Repeat("x", 32<<10)}, nil) {
				}
			}
		}}})
		s.stream(t, t.Context(), streaming)
		synctest.Wait()
		begun := time.Now()
		require.NoError(t, s.stop())
		assert.Less(t, time.Since(begun), 8*time.Second)
		assert.Contains(t, log.String(), "msg=request", "Serve ends after its handlers")
	})
}

func TestAListenerThatFailsEndsServe(t *testing.T) {
	proxy, err := New(Config{Backend: &backend{}})
	require.NoError(t, err)
	listeners, err := Listen(Loopback, 0)
	require.NoError(t, err)
	broken, err := Listen("127.0.0.1", 0)
	require.NoError(t, err)
	require.NoError(t, broken[0].Close())
	err = proxy.Serve(t.Context(), append(listeners, broken...))
	require.ErrorContains(t, err, "the listener failed")
	require.ErrorIs(t, err, net.ErrClosed)
	_, err = listeners[0].Accept()
	assert.ErrorIs(t, err, net.ErrClosed, "the others are closed too")
}
