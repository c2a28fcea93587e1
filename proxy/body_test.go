package proxy

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/proxy/conversation"
)

const chatHead = "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n"

// Many clients look for an answer only when they have sent everything. What they
// must not see is a reset connection.
func TestAClientThatStillSendsCanReadItsRefusal(t *testing.T) {
	s, b := asking(t, Config{MaxBody: 1 << 20, APIKey: "k"})
	const size = 24 << 20
	piece := bytes.Repeat([]byte("x"), 64<<10)
	announced := func(w io.Writer) error {
		for range size / len(piece) {
			if _, err := w.Write(piece); err != nil {
				return err
			}
		}
		return nil
	}
	chunked := func(w io.Writer) error {
		for range size / len(piece) {
			if _, err := fmt.Fprintf(w, "%x\r\n%s\r\n", len(piece), piece); err != nil {
				return err
			}
		}
		_, err := io.WriteString(w, "0\r\n\r\n")
		return err
	}
	const byLength, byChunks = "Content-Length: 25165824\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n"
	for name, test := range map[string]struct {
		head   string
		send   func(io.Writer) error
		status int
	}{
		"too large, announced":      {chatHead + "X-Api-Key: k\r\n" + byLength, announced, 413},
		"too large, chunked":        {chatHead + "X-Api-Key: k\r\n" + byChunks, chunked, 413},
		"a wrong key, announced":    {chatHead + byLength, announced, 401},
		"a wrong key, chunked":      {chatHead + byChunks, chunked, 401},
		"a foreign page":            {chatHead + "Origin: https://evil.com\r\n" + byLength, announced, 403},
		"an unknown route":          {"POST /v1/files HTTP/1.1\r\nHost: localhost\r\n" + byLength, announced, 404},
		"a body where none belongs": {"GET /v1/models HTTP/1.1\r\nHost: localhost\r\nX-Api-Key: k\r\n" + byLength, announced, 200},
	} {
		t.Run(name, func(t *testing.T) {
			conn := s.connect(t)
			defer conn.Close()
			_, err := io.WriteString(conn, test.head)
			require.NoError(t, err)
			require.NoError(t, test.send(conn), "all can be sent")
			answer, err := io.ReadAll(conn)
			require.NoError(t, err)
			assert.Equal(t, []int{test.status}, readAnswers(t, string(answer)))
		})
	}
	response, body := s.chat(t, strings.Repeat("x", size), "X-Api-Key", "k")
	assert.Equal(t, http.StatusRequestEntityTooLarge, response.StatusCode)
	assert.Contains(t, readError(t, body).Message, "larger than 1 MiB")
	assert.Zero(t, b.asked.Load())
}

func TestABodyOfExactlyTheLimitIsTaken(t *testing.T) {
	s, _ := asking(t, Config{MaxBody: int64(len(blocking))})
	response, _ := s.chat(t, blocking)
	assert.Equal(t, http.StatusOK, response.StatusCode)
	response, _ = s.chat(t, blocking+" ")
	assert.Equal(t, http.StatusRequestEntityTooLarge, response.StatusCode)
	chunked, err := s.client.Post(s.url+"/chat/completions", "", io.MultiReader(strings.NewReader(blocking), strings.NewReader(" ")))
	require.NoError(t, err)
	chunked.Body.Close()
	assert.Equal(t, http.StatusRequestEntityTooLarge, chunked.StatusCode)
}

func TestWhoAsksBeforeSendingIsToldAtOnce(t *testing.T) {
	s, _ := asking(t, Config{MaxBody: 1 << 20})
	answer := s.raw(t, chatHead+"Expect: 100-continue\r\nContent-Length: 2000000\r\n\r\n")
	assert.Equal(t, []int{413}, readAnswers(t, answer))

	conn := s.connect(t)
	defer conn.Close()
	_, err := fmt.Fprintf(conn, chatHead+"Expect: 100-continue\r\nConnection: close\r\nContent-Length: %d\r\n\r\n", len(blocking))
	require.NoError(t, err)
	goOn := make([]byte, len("HTTP/1.1 100 Continue\r\n\r\n"))
	_, err = io.ReadFull(conn, goOn)
	require.NoError(t, err)
	assert.Contains(t, string(goOn), "100 Continue")
	_, err = io.WriteString(conn, blocking)
	require.NoError(t, err)
	rest, err := io.ReadAll(conn)
	require.NoError(t, err)
	assert.Equal(t, []int{200}, readAnswers(t, string(rest)))
}

func TestABodyThatStopsHalfWayIsWaitedForOnlySoLong(t *testing.T) {
	for name, test := range map[string]struct {
		request string
		status  int
		after   time.Duration // the answer
		end     time.Duration // of the connection, less a second in which net/http lingers
	}{
		"by length":        {chatHead + "Content-Length: 100\r\n\r\n{", 408, 2 * time.Minute, 2 * time.Minute},
		"by chunks":        {chatHead + "Transfer-Encoding: chunked\r\n\r\n5\r\n{", 408, 2 * time.Minute, 2 * time.Minute},
		"refused anyway":   {chatHead + "Origin: null\r\nContent-Length: 100\r\n\r\n{", 403, drainTime, drainTime},
		"nowhere anyway":   {"POST /nowhere HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{", 404, drainTime, drainTime},
		"large and silent": {chatHead + "Content-Length: 100000000\r\n\r\n{", 413, 0, drainTime},
		"large and asking": {chatHead + "Expect: 100-continue\r\nContent-Length: 100000000\r\n\r\n", 413, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := &backend{}
				s := servePipe(t, Config{Backend: b})
				conn, err := s.client.Transport.(*http.Transport).DialContext(t.Context(), "tcp", "")
				require.NoError(t, err)
				defer conn.Close()
				begun := time.Now()
				go func() { _, _ = io.WriteString(conn, test.request) }()
				head := make([]byte, 12)
				_, err = io.ReadFull(conn, head)
				require.NoError(t, err)
				assert.Equal(t, test.after, time.Since(begun))
				rest, err := io.ReadAll(conn)
				require.NoError(t, err)
				assert.Equal(t, []int{test.status}, readAnswers(t, string(head)+string(rest)))
				assert.LessOrEqual(t, time.Since(begun), test.end+time.Second, "and the connection ends soon")
				assert.Zero(t, b.asked.Load())
				require.NoError(t, s.stop())
			})
		})
	}
}

func TestABodyThatEndsTooEarlyIsNoRequest(t *testing.T) {
	s, b := asking(t, Config{})
	conn := s.connect(t)
	defer conn.Close()
	_, err := io.WriteString(conn, chatHead+"Content-Length: 1000\r\n\r\n"+blocking)
	require.NoError(t, err)
	require.NoError(t, conn.(*net.TCPConn).CloseWrite())
	answer, err := io.ReadAll(conn)
	require.NoError(t, err)
	assert.Equal(t, []int{400}, readAnswers(t, string(answer)))
	assert.Contains(t, string(answer), "ended before its announced length")
	assert.Zero(t, b.asked.Load())
}

func TestACompressedBodyIsRefusedInWords(t *testing.T) {
	s, _ := asking(t, Config{})
	response, body := s.chat(t, "\x1f\x8b", "Content-Encoding", "gzip")
	assert.Equal(t, http.StatusUnsupportedMediaType, response.StatusCode)
	assert.Equal(t, "unsupported_media_type", readError(t, body).Code)
	response, _ = s.chat(t, blocking, "Content-Encoding", "identity")
	assert.Equal(t, http.StatusOK, response.StatusCode)
}

// A keep-alive connection must not carry one request's time limits into the next.
func TestTimeLimitsEndWithTheirRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := servePipe(t, Config{ClientWait: 10 * time.Second, Backend: &backend{reply: func(ctx context.Context, _ *conversation.Request) events {
			return func(yield func(conversation.Event, error) bool) {
				select {
				case <-time.After(time.Minute):
					saying("Hi")(yield)
				case <-ctx.Done():
					yield(nil, ctx.Err())
				}
			}
		}}})
		for range 2 {
			for _, body := range []string{streaming, blocking} {
				response, answer := s.chat(t, body)
				assert.Equal(t, http.StatusOK, response.StatusCode)
				assert.Contains(t, answer, "Hi")
				time.Sleep(30 * time.Second)
			}
		}
		require.NoError(t, s.stop())
	})
}
