package proxy

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/openai/openaitest"
)

func TestAStreamIsRoleDeltasFinishUsageDone(t *testing.T) {
	s := serve(t, Config{})
	answer := s.stream(t, t.Context(), withUsage)
	assert.Equal(t, "no-store", answer.Header.Get("Cache-Control"))
	assert.Equal(t, "no", answer.Header.Get("X-Accel-Buffering"))
	assert.Regexp(t, `^req_\w{29}$`, answer.Header.Get("X-Request-Id"))
	events := answer.rest(t)
	assert.Equal(t, []string{"role", "text Hello", "text  there", "finish stop", "usage 12", "[DONE]"}, chunks(t, events))
	for _, e := range events[:len(events)-1] {
		assert.Contains(t, e, `"model":"`+resolved+`"`)
	}

	assert.Equal(t, []string{"role", "text Hello", "text  there", "finish stop", "[DONE]"},
		chunks(t, s.stream(t, t.Context(), streaming).rest(t)), "usage only on request")
}

func TestEveryDeltaReachesTheClientBeforeTheNextIsMade(t *testing.T) {
	seen := make(chan struct{})
	s := serve(t, Config{Backend: &backend{reply: func(context.Context, *conversation.Request) events {
		return func(yield func(conversation.Event, error) bool) {
			if !yield(conversation.Started{Model: resolved}, nil) {
				return
			}
			for _, text := range []string{"1", "2"} {
				if !yield(conversation.TextDelta{Text: text}, nil) {
					return
				}
				<-seen
			}
			yield(conversation.Done{Reason: conversation.EndTurn}, nil)
		}
	}}})
	answer := s.stream(t, t.Context(), streaming)
	require.Equal(t, "role", chunk(t, answer.event(t)))
	for _, want := range []string{"text 1", "text 2"} {
		require.Equal(t, want, chunk(t, answer.event(t)))
		seen <- struct{}{}
	}
	assert.Equal(t, []string{"finish stop", "[DONE]"}, chunks(t, answer.rest(t)))
}

// That upstream has begun to answer is nothing to a client yet: an error event may
// follow, or a call of a tool that nobody has offered.
func TestAFailureBeforeTheFirstWordKeepsItsStatus(t *testing.T) {
	for name, before := range map[string][]conversation.Event{
		"at once":                    nil,
		"after upstream has begun":   {conversation.Started{Model: resolved}},
		"after what the header says": {conversation.Ignored{Param: conversation.EffortParam}, conversation.Started{Model: resolved}},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, Config{Backend: &backend{reply: func(context.Context, *conversation.Request) events {
				return func(yield func(conversation.Event, error) bool) {
					for _, e := range before {
						if !yield(e, nil) {
							return
						}
					}
					yield(nil, &conversation.Error{Kind: conversation.Overloaded, Message: "Busy.", Status: 529})
				}
			}}})
			for _, body := range []string{streaming, blocking} {
				response, answer := s.chat(t, body)
				assert.Equal(t, 529, response.StatusCode)
				assert.Equal(t, "application/json; charset=utf-8", response.Header.Get("Content-Type"))
				assert.Empty(t, response.Header.Get("X-Accel-Buffering"))
				assert.Equal(t, failure{"Busy.", "server_error", "null", "overloaded"}, readError(t, answer))
			}
		})
	}
}

// Whether upstream has begun or not, the client hears something after ten seconds.
func TestTheHeadersWaitIsNotMadeLongerByTheBeginning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := servePipe(t, Config{Backend: &backend{reply: func(context.Context, *conversation.Request) events {
			return func(yield func(conversation.Event, error) bool) {
				time.Sleep(6 * time.Second) // of the bubble's time
				if yield(conversation.Started{Model: resolved}, nil) {
					time.Sleep(16 * time.Second)
					yield(nil, &conversation.Error{Kind: conversation.Timeout, Message: "Silence."})
				}
			}
		}}})
		begun := time.Now()
		answer := s.stream(t, t.Context(), streaming)
		assert.Equal(t, 10*time.Second, time.Since(begun))
		first := answer.event(t)
		assert.Equal(t, "role", chunk(t, first))
		assert.Contains(t, first, `"model":"`+resolved+`"`)
		assert.Equal(t, []string{"empty", "error upstream_timeout"}, chunks(t, answer.rest(t)))
		require.NoError(t, s.stop())
	})
}

func TestAStreamThatBreaksOffEndsWithAnErrorAndNothingElse(t *testing.T) {
	for name, test := range map[string]struct {
		end  func(yield func(conversation.Event, error) bool)
		code string
	}{
		"a known failure": {func(yield func(conversation.Event, error) bool) {
			yield(nil, &conversation.Error{Kind: conversation.Timeout, Message: "Silence."})
		}, "upstream_timeout"},
		"an unknown failure": {func(yield func(conversation.Event, error) bool) {
			yield(nil, errors.New("odd"))
		}, "internal_error"},
		"no end":  {func(func(conversation.Event, error) bool) {}, "upstream_error"},
		"a panic": {func(func(conversation.Event, error) bool) { panic("a defect") }, "internal_error"},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, Config{Backend: &backend{reply: func(context.Context, *conversation.Request) events {
				return func(yield func(conversation.Event, error) bool) {
					if yield(conversation.Started{Model: resolved}, nil) && yield(conversation.TextDelta{Text: "Half"}, nil) {
						test.end(yield)
					}
				}
			}}})
			answer := s.stream(t, t.Context(), withUsage)
			assert.Equal(t, []string{"role", "text Half", "error " + test.code}, chunks(t, answer.rest(t)))
			assert.Equal(t, HealthRequests{Total: 1, Failed: 1}, s.Health().Requests)
		})
	}
}

func TestHeadersWaitForTheFirstWordAndThenSilenceIsFilled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := servePipe(t, Config{Backend: &backend{reply: func(context.Context, *conversation.Request) events {
			return func(yield func(conversation.Event, error) bool) {
				time.Sleep(25 * time.Second) // of the bubble's time
				if yield(conversation.Started{Model: resolved}, nil) {
					time.Sleep(11 * time.Second)
					yield(conversation.Done{Reason: conversation.EndTurn}, nil)
				}
			}
		}}})
		begun := time.Now()
		answer := s.stream(t, t.Context(), streaming)
		assert.Equal(t, 10*time.Second, time.Since(begun), "the headers' wait")
		var seen []string
		for event := answer.event(t); event != ""; event = answer.event(t) {
			seen = append(seen, time.Since(begun).String()+" "+chunk(t, event))
		}
		assert.Equal(t, []string{"10s role", "20s empty", "30s empty", "36s finish stop", "36s [DONE]"}, seen)
		assert.NotContains(t, "\n"+answer.raw.String(), "\n:")
		require.NoError(t, s.stop())
	})
}

func TestAFailureWithinTheHeadersWaitKeepsItsStatus(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := servePipe(t, Config{HeaderWait: 3 * time.Second, Backend: &backend{reply: func(context.Context, *conversation.Request) events {
			return func(yield func(conversation.Event, error) bool) {
				time.Sleep(2 * time.Second)
				yield(nil, &conversation.Error{Kind: conversation.SignInNeeded, Message: "Sign in."})
			}
		}}})
		response, body := s.chat(t, streaming)
		assert.Equal(t, 401, response.StatusCode)
		assert.Equal(t, "sign_in_needed", readError(t, body).Code)
		require.NoError(t, s.stop())
	})
}

// A client that answers at once must find its conversation put away, so that it
// is continued and not begun anew.
func TestTheEndIsToldOnlyWhenTheBackendHasLetGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var free atomic.Bool
		s := servePipe(t, Config{Backend: &backend{reply: func(context.Context, *conversation.Request) events {
			return func(yield func(conversation.Event, error) bool) {
				for e, err := range saying("Hi") {
					if !yield(e, err) {
						return
					}
				}
				time.Sleep(8 * time.Second) // of the bubble's time
				free.Store(true)
				yield(nil, errors.New("the answer was complete"))
			}
		}}})
		answer := s.stream(t, t.Context(), withUsage)
		var seen []string
		for event := answer.event(t); event != ""; event = answer.event(t) {
			what := chunk(t, event)
			seen = append(seen, what)
			assert.Equal(t, what != "role" && what != "text Hi", free.Load(), what)
		}
		assert.Equal(t, []string{"role", "text Hi", "finish stop", "usage 12", "[DONE]"}, seen)
		assert.Zero(t, s.Health().Requests.Failed)

		free.Store(false)
		response, _ := s.chat(t, blocking)
		assert.Equal(t, http.StatusOK, response.StatusCode)
		assert.True(t, free.Load())
		require.NoError(t, s.stop())
	})
}

// A backend that has hung must not keep the end of an answer from its client, and what fills
// silence must not come behind that end.
func TestACompleteAnswerWaitsForItsBackendOnlySoLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := servePipe(t, Config{Backend: &backend{reply: func(context.Context, *conversation.Request) events {
			return func(yield func(conversation.Event, error) bool) {
				saying("Hi")(yield)
				time.Sleep(35 * time.Second) // of the bubble's time
			}
		}}})
		begun := time.Now()
		answer := s.stream(t, t.Context(), streaming)
		for answer.event(t) != "[DONE]" {
		}
		assert.Equal(t, 10*time.Second, time.Since(begun))
		assert.Empty(t, answer.rest(t))
		require.NoError(t, s.stop())
	})
}

func TestAClientThatLeavesEndsTheWork(t *testing.T) {
	for name, test := range map[string]struct {
		body  string
		begin bool
	}{
		"in the middle of a stream":   {streaming, true},
		"before the stream has begun": {streaming, false},
		"while it waits for a body":   {blocking, false},
	} {
		t.Run(name, func(t *testing.T) {
			begun, ended := make(chan struct{}), make(chan struct{})
			var log logbook
			s := serve(t, Config{Backend: &backend{reply: untilCut(test.begin, begun, ended)}, Log: log.logger()})
			ctx, leave := context.WithCancel(t.Context())
			gone := make(chan struct{})
			go func() {
				defer close(gone)
				if response, err := s.send(ctx, http.MethodPost, "/v1/chat/completions", test.body); err == nil {
					_, _ = io.Copy(io.Discard, response.Body)
					response.Body.Close()
				}
			}()
			wait(t, begun, "the backend begins")
			leave()
			wait(t, ended, "the backend ends")
			wait(t, gone, "the client ends")
			require.NoError(t, s.stop()) // waits for the handler
			assert.Contains(t, log.String(), "outcome=client_left")
			assert.NotContains(t, log.String(), "level=WARN", "it is nobody's failure")
			assert.Equal(t, HealthRequests{Total: 1}, s.Health().Requests)
		})
	}
}

// For net/http a client that closes its own side has left. It may still read, and
// an empty 200 would be a lie.
func TestAClientThatClosesItsSideIsTold(t *testing.T) {
	for _, body := range []string{blocking, streaming} {
		begun, ended := make(chan struct{}), make(chan struct{})
		s := serve(t, Config{Backend: &backend{reply: untilCut(false, begun, ended)}})
		conn := s.connect(t)
		defer conn.Close()
		_, err := fmt.Fprintf(conn, chatHead+"Content-Length: %d\r\n\r\n%s", len(body), body)
		require.NoError(t, err)
		wait(t, begun, "the backend begins")
		require.NoError(t, conn.(*net.TCPConn).CloseWrite())
		wait(t, ended, "the backend ends")
		answer, err := io.ReadAll(conn)
		require.NoError(t, err)
		assert.Equal(t, []int{statusClientLeft}, readAnswers(t, string(answer)))
	}
}

// Else the next request could come while the backend still cleans up after this.
func TestAHandlerEndsAfterItsBackend(t *testing.T) {
	for name, body := range map[string]string{"stream": streaming, "body": blocking} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var free atomic.Bool
				s := servePipe(t, Config{Backend: &backend{reply: func(ctx context.Context, _ *conversation.Request) events {
					return func(yield func(conversation.Event, error) bool) {
						yield(conversation.Started{Model: resolved}, nil)
						<-ctx.Done()
						time.Sleep(3 * time.Second) // until its process is gone
						free.Store(true)
					}
				}}})
				ctx, leave := context.WithTimeout(t.Context(), time.Second)
				defer leave()
				if response, err := s.send(ctx, http.MethodPost, "/v1/chat/completions", body); err == nil {
					_, _ = io.Copy(io.Discard, response.Body)
					response.Body.Close()
				}
				assert.False(t, free.Load())
				require.NoError(t, s.stop())
				assert.True(t, free.Load())
			})
		})
	}
}

// Nothing lies between the backend and the client but one event, net/http's
// buffer and the sockets' buffers: a client that stops reading stops the backend.
func TestASlowReaderStopsTheBackend(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var made atomic.Int64
		text := strings.Repeat("x", 32<<10)
		s := servePipe(t, Config{ClientWait: time.Minute, Backend: &backend{reply: func(context.Context, *conversation.Request) events {
			return func(yield func(conversation.Event, error) bool) {
				for yield(conversation.TextDelta{Text: text}, nil) {
					made.Add(1)
				}
			}
		}}})
		answer := s.stream(t, t.Context(), streaming)
		require.Equal(t, "role", chunk(t, answer.event(t)))
		synctest.Wait() // every goroutine waits for another: nothing more is made
		stopped := made.Load()
		assert.LessOrEqual(t, stopped, int64(3))
		for range 5 {
			answer.event(t)
		}
		synctest.Wait()
		assert.Greater(t, made.Load(), stopped, "reading lets it go on")

		// And a client that never reads again does not keep a process for ever.
		begun := time.Now()
		stopped = made.Load()
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		assert.InDelta(t, stopped, made.Load(), 1)
		require.NoError(t, s.stop())
		assert.Equal(t, 2*time.Minute, time.Since(begun), "nothing was left to be cut")
	})
}

func TestABlockingAnswerIsOneValidBody(t *testing.T) {
	s := serve(t, Config{})
	response, body := s.chat(t, blocking)
	assert.Equal(t, http.StatusOK, response.StatusCode)
	assert.Equal(t, "application/json; charset=utf-8", response.Header.Get("Content-Type"))
	openaitest.Validate(t, "CreateChatCompletionResponse", []byte(body))
	assert.Contains(t, body, `"content":"Hello there"`)
	assert.Contains(t, body, `"model":"`+resolved+`"`, "the model that answered, not the one asked for")
	assert.Empty(t, response.Header.Get(IgnoredHeader))
}

func TestIgnoredParametersAreNamedInAHeader(t *testing.T) {
	s := serve(t, Config{})
	for _, body := range []string{blocking, streaming} {
		body = strings.TrimSuffix(body, "}") + `,"temperature":0.2,"seed":1,"stop":["x"],"logprobs":true}`
		response, _ := s.chat(t, body)
		assert.Equal(t, "logprobs, seed", response.Header.Get(IgnoredHeader))
	}
}

func TestWhatTheModelCannotDoIsNamedInTheSameHeader(t *testing.T) {
	s := serve(t, Config{Backend: &backend{reply: func(context.Context, *conversation.Request) events {
		return func(yield func(conversation.Event, error) bool) {
			if !yield(conversation.Ignored{Param: conversation.EffortParam}, nil) {
				return
			}
			for e, err := range saying("Hello") {
				if !yield(e, err) {
					return
				}
			}
		}
	}}})
	for _, body := range []string{blocking, streaming} {
		response, _ := s.chat(t, body)
		assert.Equal(t, "reasoning_effort", response.Header.Get(IgnoredHeader))
		response, _ = s.chat(t, strings.TrimSuffix(body, "}")+`,"seed":1}`)
		assert.Equal(t, "reasoning_effort, seed", response.Header.Get(IgnoredHeader))
	}
}

// Some are known when the request is read, others when the model is.
func TestIgnoredParametersAreSortedWhoeverNamesThem(t *testing.T) {
	s := serve(t, Config{Backend: &backend{reply: func(context.Context, *conversation.Request) events {
		return func(yield func(conversation.Event, error) bool) {
			for _, name := range []string{"top_p", "temperature", "top_p"} {
				if !yield(conversation.Ignored{Param: name}, nil) {
					return
				}
			}
			for e, err := range saying("Hello") {
				if !yield(e, err) {
					return
				}
			}
		}
	}}})
	for _, stream := range []string{"false", "true"} {
		response, _ := s.messages(t, `{"model":"opus","max_tokens":9,"top_k":4,"messages":[{"role":"user","content":"Hi"}],"stream":`+stream+`}`)
		assert.Equal(t, "temperature, top_k, top_p", response.Header.Get(IgnoredHeader))
	}
}

func TestAConversationThatWasToldAsOneTextIsNamedInAHeader(t *testing.T) {
	s := serve(t, Config{Backend: &backend{reply: func(context.Context, *conversation.Request) events {
		return func(yield func(conversation.Event, error) bool) {
			if !yield(conversation.Flattened{}, nil) {
				return
			}
			for e, err := range saying("Hello") {
				if !yield(e, err) {
					return
				}
			}
		}
	}}})
	for _, body := range []string{blocking, streaming} {
		response, _ := s.chat(t, body)
		assert.Equal(t, "text", response.Header.Get(ReplayHeader))
		assert.Empty(t, response.Header.Get(IgnoredHeader))
	}
}

func TestADefectCostsOneRequest(t *testing.T) {
	s := serve(t, Config{Backend: &backend{reply: func(context.Context, *conversation.Request) events {
		return func(func(conversation.Event, error) bool) { panic("a defect") }
	}}})
	for _, body := range []string{blocking, streaming} {
		response, answer := s.chat(t, body)
		assert.Equal(t, http.StatusInternalServerError, response.StatusCode)
		assert.Equal(t, "internal_error", readError(t, answer).Code)
	}
	response, _ := s.do(t, http.MethodGet, "/health", "")
	assert.Equal(t, http.StatusOK, response.StatusCode)
}

func TestAnAnswerThatIsNotTheJSONAskedForHasAStatusOfItsOwn(t *testing.T) {
	prose := serve(t, Config{Backend: &backend{reply: func(context.Context, *conversation.Request) events {
		return saying("Sure, ", "here it is: {}")
	}}})
	fenced := serve(t, Config{Backend: &backend{reply: func(context.Context, *conversation.Request) events {
		return saying("```js", "on\n{\"a\":", "1}\n``", "`")
	}}})
	for _, body := range []string{blocking, streaming} {
		body = strings.TrimSuffix(body, "}") + `,"response_format":{"type":"json_object"}}`
		response, text := prose.chat(t, body)
		assert.Equal(t, http.StatusUnprocessableEntity, response.StatusCode)
		assert.Contains(t, text, `"code":"format_not_met"`)
		assert.NotContains(t, text, "Sure")
		response, text = fenced.chat(t, body)
		assert.Equal(t, http.StatusOK, response.StatusCode)
		assert.Contains(t, text, `"content":"{\"a\":1}"`)
	}
}
