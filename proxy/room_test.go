package proxy

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/proxy/conversation"
)

func TestBodiesAreBoundedTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const most = 1 << 20
		s, err := New(Config{Backend: &backend{}, MaxBody: most, ClientWait: time.Second})
		require.NoError(t, err)
		require.NoError(t, s.bodies.Acquire(t.Context(), mostBodies*most-10)) // others that are being worked on
		post := func(size int) *httptest.ResponseRecorder {
			w := httptest.NewRecorder()
			body := `{"model":"opus","messages":[]}` + strings.Repeat(" ", size)
			r := httptest.NewRequest(http.MethodPost, "http://localhost/v1/chat/completions", strings.NewReader(body))
			s.ServeHTTP(w, r)
			return w
		}
		begun := time.Now()
		w := post(smallBody)
		assert.Equal(t, http.StatusTooManyRequests, w.Code)
		assert.Contains(t, w.Body.String(), "queue_full")
		assert.Equal(t, "5", w.Header().Get("Retry-After"))
		assert.Equal(t, time.Second, time.Since(begun), "it waits for room for a while")
		assert.Equal(t, http.StatusBadRequest, post(0).Code, "a small one needs none")

		s.bodies.Release(mostBodies*most - 10)
		assert.Equal(t, http.StatusBadRequest, post(smallBody).Code, "there is room again")
		assert.True(t, s.bodies.TryAcquire(mostBodies*most), "all of it was given back")
	})
}

// As many clients as there is room for the largest bodies of begin one each, and stop.
func TestWhatIsNotSentTakesNoRoom(t *testing.T) {
	for name, begin := range map[string]string{
		"announced": fmt.Sprintf("Content-Length: %d\r\n\r\n{", DefaultMaxBody),
		"chunked":   "Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := servePipe(t, Config{})
				for range mostBodies {
					conn, err := s.client.Transport.(*http.Transport).DialContext(t.Context(), "tcp", "")
					require.NoError(t, err)
					defer conn.Close()
					_, err = io.WriteString(conn, chatHead+begin)
					require.NoError(t, err)
				}
				synctest.Wait()
				begun := time.Now()
				for _, body := range []string{blocking, blocking + strings.Repeat(" ", 1<<20)} {
					response, _ := s.chat(t, body)
					assert.Equal(t, http.StatusOK, response.StatusCode)
				}
				assert.Zero(t, time.Since(begun))
			})
		})
	}
}

// All that there is room for is taken by bodies of which each wants more: some have to go
// without an answer, or all of them would.
func TestBodiesThatHaveComeInPartDoNotWaitForEachOtherForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const most, clients, first = 1 << 20, 16, 575 << 10
		s := servePipe(t, Config{MaxBody: most})
		body := blocking + strings.Repeat(" ", most-len(blocking))
		var answered sync.Map
		var waiting sync.WaitGroup
		goOn := make(chan struct{})
		for i := range clients {
			sent, send := io.Pipe()
			go func() {
				_, _ = io.WriteString(send, body[:first])
				<-goOn
				_, _ = io.WriteString(send, body[first:])
				_ = send.Close()
			}()
			waiting.Go(func() {
				response, err := s.client.Post(s.url+"/chat/completions", "application/json", sent)
				if assert.NoError(t, err) {
					response.Body.Close()
					answered.Store(i, response.StatusCode)
				}
			})
		}
		synctest.Wait()
		begun := time.Now()
		close(goOn)
		waiting.Wait()
		statuses := map[int]int{}
		answered.Range(func(_, status any) bool { statuses[status.(int)]++; return true })
		assert.Equal(t, clients, statuses[http.StatusOK]+statuses[http.StatusTooManyRequests], "%v", statuses)
		assert.GreaterOrEqual(t, statuses[http.StatusOK], mostBodies-1, "%v", statuses)
		assert.NotZero(t, statuses[http.StatusTooManyRequests])
		assert.Less(t, time.Since(begun), time.Minute)
		require.NoError(t, s.stop())
		assert.True(t, s.bodies.TryAcquire(mostBodies*most), "all of it was given back")
	})
}

// The time that a body waits for room is none that its client has taken to send it.
func TestWaitingForRoomIsNotTheClientsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const most = 1 << 20
		s := servePipe(t, Config{MaxBody: most, ClientWait: time.Minute})
		require.NoError(t, s.bodies.Acquire(t.Context(), mostBodies*most))
		go func() {
			time.Sleep(50 * time.Second)
			s.bodies.Release(mostBodies * most)
		}()
		sent, send := io.Pipe()
		go func() {
			_, _ = io.WriteString(send, blocking+strings.Repeat(" ", 2*smallBody))
			time.Sleep(30 * time.Second)
			_ = send.Close()
		}()
		response, err := s.client.Post(s.url+"/chat/completions", "application/json", sent)
		require.NoError(t, err)
		response.Body.Close()
		assert.Equal(t, http.StatusOK, response.StatusCode)
	})
}

// The answer may take longer than a client may take to send its body.
func TestABodyThatWaitedForRoomWithItsLastBytesHasNoLimitLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const most = 1 << 20
		s := servePipe(t, Config{MaxBody: most, Backend: &backend{reply: func(ctx context.Context, _ *conversation.Request) events {
			return func(yield func(conversation.Event, error) bool) {
				select {
				case <-time.After(3 * time.Minute):
					saying("Hi")(yield)
				case <-ctx.Done():
					yield(nil, context.Cause(ctx))
				}
			}
		}}})
		require.NoError(t, s.bodies.Acquire(t.Context(), mostBodies*most)) // others that are being worked on
		go func() {
			time.Sleep(time.Second)
			s.bodies.Release(mostBodies * most)
		}()
		response, err := s.client.Post(s.url+"/chat/completions", "application/json", strings.NewReader(streaming+strings.Repeat(" ", smallBody)))
		require.NoError(t, err)
		defer response.Body.Close()
		answer, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		assert.Contains(t, string(answer), "Hi")
	})
}
