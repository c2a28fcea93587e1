package proxy

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	sseread "github.com/tmaxmax/go-sse"

	"claude-max-api-proxy/proxy/conversation"
)

const (
	ask       = `{"model":"opus","max_tokens":1024,"messages":[{"role":"user","content":"Hi"}]}`
	askStream = `{"model":"opus","max_tokens":1024,"messages":[{"role":"user","content":"Hi"}],"stream":true}`
)

func (s *server) messages(t testing.TB, body string, headers ...string) (*http.Response, string) {
	t.Helper()
	return s.do(t, http.MethodPost, "/v1/messages", body, append(headers, "Anthropic-Version", "2023-06-01")...)
}

// readFailure reads Anthropic's error object, every field of which must be there, and
// nothing else.
func readFailure(t testing.TB, response *http.Response, body string) (typ, message string) {
	t.Helper()
	var fields struct {
		Type  string
		Error struct {
			Type, Message *string
		}
		RequestID string `json:"request_id"`
	}
	decoder := json.NewDecoder(strings.NewReader(body))
	decoder.DisallowUnknownFields()
	require.NoError(t, decoder.Decode(&fields), body)
	assert.Equal(t, "error", fields.Type)
	require.NotNil(t, fields.Error.Type, body)
	require.NotNil(t, fields.Error.Message, body)
	if response != nil {
		assert.Equal(t, "application/json; charset=utf-8", response.Header.Get("Content-Type"))
		assert.Regexp(t, `^req_\w{29}$`, fields.RequestID)
		assert.Equal(t, fields.RequestID, response.Header.Get("Request-Id"))
		assert.Equal(t, fields.RequestID, response.Header.Get("X-Request-Id"))
	}
	return *fields.Error.Type, *fields.Error.Message
}

// messageEvents says in short what comes of a stream: the events' names, and the texts.
func (s *server) messageEvents(t testing.TB, body string, seen func(what string)) {
	t.Helper()
	response, err := s.send(t.Context(), http.MethodPost, "/v1/messages", body)
	require.NoError(t, err)
	defer response.Body.Close()
	require.Equal(t, http.StatusOK, response.StatusCode)
	require.Equal(t, "text/event-stream; charset=utf-8", response.Header.Get("Content-Type"))
	for event, err := range sseread.Read(response.Body, nil) {
		require.NoError(t, err)
		var data struct {
			Type  string
			Delta struct{ Text string }
			Error struct{ Type string }
		}
		require.NoError(t, json.Unmarshal([]byte(event.Data), &data))
		require.Equal(t, event.Type, data.Type)
		what := strings.TrimPrefix(event.Type, "content_")
		if more := data.Delta.Text + data.Error.Type; more != "" {
			what += " " + more
		}
		seen(what)
	}
}

func TestAMessageIsOneBodyOrAStream(t *testing.T) {
	s, b := asking(t, Config{})
	response, body := s.messages(t, ask)
	assert.Equal(t, http.StatusOK, response.StatusCode)
	assert.Equal(t, response.Header.Get("X-Request-Id"), response.Header.Get("Request-Id"))
	var m struct {
		ID, Type, Role, Model string
		Content               []struct{ Type, Text string }
		StopReason            string `json:"stop_reason"`
		Usage                 map[string]int
	}
	require.NoError(t, json.Unmarshal([]byte(body), &m))
	assert.Regexp(t, `^msg_\w{29}$`, m.ID)
	assert.Equal(t, [3]string{"message", "assistant", resolved}, [3]string{m.Type, m.Role, m.Model})
	require.Len(t, m.Content, 1)
	assert.Equal(t, "Hello there", m.Content[0].Text)
	assert.Equal(t, "end_turn", m.StopReason)
	assert.Equal(t, map[string]int{
		"input_tokens": 3, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 4, "output_tokens": 5,
	}, m.Usage)

	var seen []string
	s.messageEvents(t, askStream, func(what string) { seen = append(seen, what) })
	assert.Equal(t, []string{
		"message_start", "block_start", "block_delta Hello", "block_delta  there", "block_stop", "message_delta", "message_stop",
	}, seen)
	assert.Equal(t, int64(2), b.asked.Load())
}

func TestMessagesAreFoundWithAndWithoutV1AndQueries(t *testing.T) {
	s, _ := asking(t, Config{})
	for _, path := range []string{"/v1/messages", "/messages", "/v1/messages/", "/v1/messages?beta=true"} {
		response, _ := s.do(t, http.MethodPost, path, ask, "Anthropic-Beta", "a-2025-01-01,b", "X-Api-Key", "any")
		assert.Equal(t, http.StatusOK, response.StatusCode, path)
	}
}

func TestEveryRefusalOfAMessageHasAnthropicsShape(t *testing.T) {
	s, b := asking(t, Config{MaxBody: 1000, APIKey: "k"})
	for _, test := range []struct {
		name, method, path, body string
		headers                  []string
		status                   int
		typ, says                string
	}{
		{"no JSON", "POST", "", `{"model":`, nil, 400, "invalid_request_error", "not valid JSON"},
		{"a mistake", "POST", "", `{"model":"opus","messages":[{"role":"user","content":"Hi"}]}`, nil, 400, "invalid_request_error", "max_tokens is missing"},
		{"a prefill", "POST", "", `{"model":"opus","max_tokens":9,"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"{"}]}`, nil, 400, "invalid_request_error", "prefilling"},
		{"too large", "POST", "", `{"x":"` + strings.Repeat("x", 1000) + `"}`, nil, 413, "request_too_large", "1000 bytes"},
		{"packed", "POST", "", ask, []string{"Content-Encoding", "gzip"}, 415, "invalid_request_error", "Content-Encoding"},
		{"no key", "POST", "", ask, []string{"X-Api-Key", "wrong"}, 401, "authentication_error", `"X-Api-Key: KEY"`},
		{"a foreign host", "POST", "", ask, []string{"Host", "evil.com"}, 403, "permission_error", "--allow-host"},
		{"a web page", "POST", "", ask, []string{"Origin", "https://evil.com"}, 403, "permission_error", "--allow-origin"},
		{"a wrong method", "GET", "", ``, nil, 405, "invalid_request_error", "use POST"},
		{"an unknown route", "POST", "/none", `{}`, nil, 404, "not_found_error", "POST /v1/messages"},
		{"batches", "POST", "/batches", `{}`, nil, 404, "not_found_error", "no message batches here"},
		{"a batch's results", "GET", "/batches/x/results", ``, nil, 404, "not_found_error", "no message batches here"},
		{"a count of nothing", "POST", "/count_tokens", `{"model":"opus"}`, nil, 400, "invalid_request_error", "messages is missing"},
		{"a count without a key", "POST", "/count_tokens", ask, []string{"X-Api-Key", ""}, 401, "authentication_error", "API key"},
	} {
		t.Run(test.name, func(t *testing.T) {
			headers := test.headers
			if !strings.Contains(fmt.Sprint(headers), "X-Api-Key") {
				headers = append(headers, "X-Api-Key", "k")
			}
			response, body := s.do(t, test.method, "/v1/messages"+test.path, test.body, headers...)
			assert.Equal(t, test.status, response.StatusCode)
			typ, message := readFailure(t, response, body)
			assert.Equal(t, test.typ, typ)
			assert.Contains(t, message, test.says)
		})
	}
	assert.Zero(t, b.asked.Load())

	// And nothing of it anywhere else.
	response, body := s.do(t, http.MethodPost, "/v1/messagesx", `{}`)
	assert.Equal(t, "unknown_url", readError(t, body).Code)
	assert.Empty(t, response.Header.Get("Request-Id"))
}

func TestTheBackendsFailuresKeepTheirMeaningForAnthropicsClients(t *testing.T) {
	type headers struct{ retryAfter, shouldRetry string }
	for _, test := range []struct {
		err     conversation.Error
		status  int
		typ     string
		headers headers
	}{
		{conversation.Error{Kind: conversation.SignInNeeded}, 401, "authentication_error", headers{}},
		{conversation.Error{Kind: conversation.ModelNotFound}, 404, "not_found_error", headers{}},
		{conversation.Error{Kind: conversation.Billing}, 402, "billing_error", headers{}},
		{conversation.Error{Kind: conversation.RateLimited, RetryAfter: 7 * time.Second}, 429, "rate_limit_error", headers{"7", ""}},
		{conversation.Error{Kind: conversation.UsageLimit, RetryAfter: 3 * time.Hour}, 429, "rate_limit_error", headers{"10800", "false"}},
		{conversation.Error{Kind: conversation.Overloaded}, 529, "overloaded_error", headers{}},
		{conversation.Error{Kind: conversation.Timeout}, 504, "timeout_error", headers{}},
	} {
		s := serve(t, Config{Backend: &backend{reply: func(context.Context, *conversation.Request) events {
			return func(yield func(conversation.Event, error) bool) {
				if yield(conversation.Started{Model: resolved}, nil) { // which says nothing yet
					yield(nil, &test.err)
				}
			}
		}}})
		for _, body := range []string{ask, askStream} {
			response, answer := s.messages(t, body)
			assert.Equal(t, test.status, response.StatusCode)
			typ, _ := readFailure(t, response, answer)
			assert.Equal(t, test.typ, typ)
			assert.Equal(t, test.headers, headers{response.Header.Get("Retry-After"), response.Header.Get("X-Should-Retry")})
		}
	}
}

func TestASlowMessageBeginsAndPings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := servePipe(t, Config{Backend: &backend{reply: func(context.Context, *conversation.Request) events {
			return func(yield func(conversation.Event, error) bool) {
				time.Sleep(25 * time.Second) // of the bubble's time
				if yield(conversation.Started{Model: resolved}, nil) && yield(conversation.TextDelta{Text: "Hi"}, nil) {
					time.Sleep(11 * time.Second)
					yield(conversation.Done{Reason: conversation.EndTurn}, nil)
				}
			}
		}}})
		begun := time.Now()
		var seen []string
		s.messageEvents(t, askStream, func(what string) { seen = append(seen, time.Since(begun).String()+" "+what) })
		assert.Equal(t, []string{
			"10s message_start", "10s ping", "20s ping", "25s block_start", "25s block_delta Hi", "35s ping",
			"36s block_stop", "36s message_delta", "36s message_stop",
		}, seen)
		require.NoError(t, s.stop())
	})
}

func TestAMessageThatBreaksOffEndsWithAnErrorAndNothingElse(t *testing.T) {
	s := serve(t, Config{Backend: &backend{reply: func(context.Context, *conversation.Request) events {
		return func(yield func(conversation.Event, error) bool) {
			if yield(conversation.Started{Model: resolved}, nil) && yield(conversation.TextDelta{Text: "Half"}, nil) {
				yield(nil, &conversation.Error{Kind: conversation.Overloaded, Message: "Busy."})
			}
		}
	}}})
	var seen []string
	s.messageEvents(t, askStream, func(what string) { seen = append(seen, what) })
	assert.Equal(t, []string{"message_start", "block_start", "block_delta Half", "error overloaded_error"}, seen)
}

func TestAMessagesParametersAreNamedAsTheClientKnowsThem(t *testing.T) {
	ignores := func(params ...string) *backend {
		return &backend{reply: func(context.Context, *conversation.Request) events {
			return func(yield func(conversation.Event, error) bool) {
				for _, param := range params {
					if !yield(conversation.Ignored{Param: param}, nil) {
						return
					}
				}
				saying("Hi")(yield)
			}
		}}
	}
	for _, test := range []struct {
		members string
		backend *backend
		want    string
	}{
		{`"thinking":{"type":"disabled"},"top_k":5`, ignores(conversation.ThinkingParam), "thinking, top_k"},
		{`"output_config":{"effort":"max"}`, ignores(conversation.EffortParam), "output_config.effort"},
		{`"thinking":{"type":"adaptive"}`, ignores(conversation.BudgetParam), "thinking.budget_tokens"},
		{`"tools":[{"type":"web_search_20250305","name":"web_search"}]`, ignores(), "tools.web_search_20250305"},
	} {
		s := serve(t, Config{Backend: test.backend})
		for _, body := range []string{ask, askStream} {
			response, _ := s.messages(t, strings.TrimSuffix(body, "}")+","+test.members+"}")
			assert.Equal(t, test.want, response.Header.Get(IgnoredHeader))
		}
	}
}

func TestTokensAreCountedWithoutAskingAnybody(t *testing.T) {
	s, b := asking(t, Config{})
	response, body := s.do(t, http.MethodPost, "/v1/messages/count_tokens?beta=true",
		`{"model":"opus","messages":[{"role":"user","content":"Hello, how are you?"}]}`)
	assert.Equal(t, http.StatusOK, response.StatusCode)
	assert.Equal(t, "estimate", response.Header.Get(TokenCountHeader))
	assert.JSONEq(t, `{"input_tokens":10}`, body)
	assert.Zero(t, b.asked.Load())
	assert.Zero(t, s.Health().Requests.Total)
}

func TestAPageThatMayAskSeesTheHeadersOfMessages(t *testing.T) {
	s, _ := asking(t, Config{AllowedOrigins: []string{"http://localhost:8080"}})
	response, _ := s.messages(t, ask, "Origin", "http://localhost:8080")
	for _, name := range []string{"Request-Id", TokenCountHeader} {
		assert.Contains(t, response.Header.Get("Access-Control-Expose-Headers"), name)
	}
}

func TestAClientThatLeavesAMessageEndsTheWork(t *testing.T) {
	begun, ended := make(chan struct{}), make(chan struct{})
	s := serve(t, Config{Backend: &backend{reply: untilCut(true, begun, ended)}})
	ctx, leave := context.WithCancel(t.Context())
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		if response, err := s.send(ctx, http.MethodPost, "/v1/messages", askStream); err == nil {
			_, _ = io.Copy(io.Discard, response.Body)
			response.Body.Close()
		}
	}()
	wait(t, begun, "the backend begins")
	leave()
	wait(t, ended, "the backend ends")
	wait(t, gone, "the client ends")
}

func TestAnthropicsClientsGetTheModelsInTheirForm(t *testing.T) {
	s, _ := asking(t, Config{})
	_, list := s.do(t, http.MethodGet, "/v1/models", "", "anthropic-version", "2023-06-01")
	var read struct {
		Data []struct {
			Type, ID    string
			DisplayName string    `json:"display_name"`
			CreatedAt   time.Time `json:"created_at"`
		}
		HasMore bool   `json:"has_more"`
		FirstID string `json:"first_id"`
		LastID  string `json:"last_id"`
	}
	require.NoError(t, json.Unmarshal([]byte(list), &read))
	require.Len(t, read.Data, 2)
	assert.Equal(t, "model", read.Data[0].Type)
	assert.Equal(t, []string{"claude-opus-4", "vendor/claude-haiku-4"}, []string{read.FirstID, read.LastID})
	assert.WithinDuration(t, time.Now(), read.Data[0].CreatedAt, time.Minute)
	_, one := s.do(t, http.MethodGet, "/v1/models/claude-opus-4", "", "anthropic-version", "2023-06-01")
	assert.Contains(t, one, `"display_name":"claude-opus-4"`)
	for _, path := range []string{"/v1/models/nope", "/v1/files"} {
		_, failure := s.do(t, http.MethodGet, path, "", "anthropic-version", "2023-06-01")
		assert.Contains(t, failure, `{"type":"error","error":{"type":"not_found_error"`, path)
	}
}
