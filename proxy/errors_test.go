package proxy

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/proxy/conversation"
)

func TestMistakesAreAnsweredInOpenAIsShape(t *testing.T) {
	s, b := asking(t, Config{MaxBody: 1000})
	const chat = "POST /v1/chat/completions"
	with := func(members string) string { return strings.TrimSuffix(blocking, "}") + "," + members + "}" }
	saying := func(messages string) string { return `{"model":"opus","messages":[` + messages + `]}` }
	const request = "invalid_request_error"
	for _, test := range []struct {
		line, body         string
		status             int
		typ, param, code   string
		messageSaysAtLeast string
	}{
		{chat, ``, 400, request, "null", "null", "empty"},
		{chat, `{"model":`, 400, request, "null", "null", "not valid JSON"},
		{chat, `[]`, 400, request, "null", "null", "must be a JSON object"},
		{chat, "{\"model\":\"\xff\"}", 400, request, "null", "null", "UTF-8"},
		{chat, `{}`, 400, request, "model", "null", "model is missing"},
		{chat, `{"model":7}`, 400, request, "model", "null", "model must be"},
		{chat, `{"model":"opus"}`, 400, request, "messages", "null", "messages is missing"},
		{chat, saying(``), 400, request, "messages", "null", "messages is empty"},
		{chat, saying(`{"role":"user","content":7}`), 400, request, "messages[0].content", "null", "messages[0].content"},
		{chat, saying(`{"role":"tool","tool_call_id":"a","content":"b"}`), 400, request, "messages", "null", "tool"},
		{chat, saying(`{"role":"user","content":"a"},{"role":"assistant","content":"b"}`), 400, request, "messages", "null", "assistant"},
		{chat, with(`"n":2`), 400, request, "n", "null", "n must be 1"},
		{chat, with(`"max_tokens":0`), 400, request, "max_tokens", "null", "max_tokens"},
		{chat, with(`"max_completion_tokens":"9"`), 400, request, "max_completion_tokens", "null", "max_completion_tokens"},
		{chat, with(`"stream":"yes"`), 400, request, "stream", "null", "stream must be"},
		{chat, with(`"user":"` + strings.Repeat("x", 1000) + `"`), 413, request, "null", "request_too_large", "1000 bytes"},

		{"POST /v1/nonsense", `{}`, 404, request, "null", "unknown_url", "/v1/chat/completions"},
		{"POST /v1/embeddings", `{}`, 404, request, "null", "unknown_url", "make no embeddings"},
		{"POST /v1/audio/speech", `{}`, 404, request, "null", "unknown_url", "neither hear nor speak"},
		{"POST /v1/v1/chat/completions", `{}`, 404, request, "null", "unknown_url", "base URL"},
		{"POST /v1/", `{}`, 404, request, "null", "unknown_url", "/v1"},
		{"GET /", ``, 404, request, "null", "unknown_url", "/"},
		{"GET /v1", ``, 404, request, "null", "unknown_url", "/v1"},
		{"GET /v1/../health", ``, 404, request, "null", "unknown_url", "/v1/../health"},
		{"GET /v1//models", ``, 404, request, "null", "unknown_url", "/v1//models"},
		{"GET /%00", ``, 404, request, "null", "unknown_url", "There is no"},
		{"GET /%ff%0d%0aX-Evil:1", ``, 404, request, "null", "unknown_url", "There is no"},
		{"GET /" + strings.Repeat("x", 5000), ``, 404, request, "null", "unknown_url", "…"},
		{"GET /v1/models/gpt-5", ``, 404, request, "model", "model_not_found", "gpt-5"},
		{"GET /v1/models/%00", ``, 404, request, "model", "model_not_found", `\x00`},
		{"GET /v1/models/..%2f..%2fetc%2fpasswd", ``, 404, request, "model", "model_not_found", "etc/passwd"},

		{"GET /v1/chat/completions", ``, 405, request, "null", "method_not_allowed", "use POST"},
		{"OPTIONS /v1/chat/completions", ``, 405, request, "null", "method_not_allowed", "use POST"},
		{"DELETE /v1/models/claude-opus-4", ``, 405, request, "null", "method_not_allowed", "use GET, HEAD"},
		{"POST /health", ``, 405, request, "null", "method_not_allowed", "use GET, HEAD"},
		{"BREW /health", ``, 405, request, "null", "method_not_allowed", "BREW"},
	} {
		t.Run(fmt.Sprintf("%.40s %.60s", test.line, test.body), func(t *testing.T) {
			answer := s.raw(t, fmt.Sprintf("%s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s",
				test.line, len(test.body), test.body))
			require.Equal(t, []int{test.status}, readAnswers(t, answer))
			head, body, _ := strings.Cut(answer, "\r\n\r\n")
			assert.Contains(t, head, "\r\nContent-Type: application/json; charset=utf-8")
			assert.Contains(t, head, "\r\nX-Content-Type-Options: nosniff")
			assert.NotContains(t, head, "X-Evil")
			assert.Equal(t, test.status == 405, strings.Contains(head, "\r\nAllow: "))
			got := readError(t, body)
			assert.Equal(t, failure{got.Message, test.typ, test.param, test.code}, got)
			assert.Contains(t, got.Message, test.messageSaysAtLeast)
			assert.Less(t, len(got.Message), 500)
		})
	}
	assert.Zero(t, b.asked.Load())
}

func TestRoutesAreFoundWithAndWithoutV1(t *testing.T) {
	s, _ := asking(t, Config{})
	for _, path := range []string{"/v1/chat/completions", "/chat/completions", "/v1/chat/completions/", "//v1/chat/completions"} {
		response, _ := s.do(t, http.MethodPost, path, blocking)
		assert.Equal(t, http.StatusOK, response.StatusCode, path)
	}
	for _, path := range []string{
		"/v1/models", "/models", "/models/", "/v1/models?limit=1", "/health", "/v1/health", "/health?x",
		"/v1/models/claude-opus-4", "/v1/models/Claude-Opus-4/", "/models/openai/claude-opus-4",
		"/v1/models/vendor/claude-haiku-4", "/v1/models/vendor%2Fclaude-haiku-4", "/v1/models/anthropic%2fvendor%2fclaude-haiku-4",
	} {
		response, body := s.do(t, http.MethodGet, path, "")
		assert.Equal(t, http.StatusOK, response.StatusCode, path)
		head, none := s.do(t, http.MethodHead, path, "")
		assert.Equal(t, http.StatusOK, head.StatusCode, path)
		assert.Empty(t, none)
		assert.Equal(t, int64(len(body)), head.ContentLength, "HEAD tells what GET would send")
	}
}

func TestTheBackendsFailuresKeepTheirMeaning(t *testing.T) {
	type headers struct{ retryAfter, shouldRetry string }
	for _, test := range []struct {
		err     error
		status  int
		code    string
		headers headers
	}{
		{&conversation.Error{Kind: conversation.InvalidRequest, Param: "model"}, 400, "null", headers{}},
		{&conversation.Error{Kind: conversation.ContextLength}, 400, "context_length_exceeded", headers{}},
		{&conversation.Error{Kind: conversation.SignInNeeded}, 401, "sign_in_needed", headers{}},
		{&conversation.Error{Kind: conversation.QueueFull, RetryAfter: 5 * time.Second}, 429, "queue_full", headers{"5", ""}},
		{&conversation.Error{Kind: conversation.RateLimited, RetryAfter: time.Millisecond}, 429, "rate_limit_exceeded", headers{"1", ""}},
		{&conversation.Error{Kind: conversation.RateLimited, RetryAfter: 1001 * time.Millisecond}, 429, "rate_limit_exceeded", headers{"2", ""}},
		{&conversation.Error{Kind: conversation.RateLimited, RetryAfter: time.Minute}, 429, "rate_limit_exceeded", headers{"60", ""}},
		// OpenAI's SDKs keep to no wait that is longer than a minute, and would come
		// back after a second.
		{&conversation.Error{Kind: conversation.RateLimited, RetryAfter: 90 * time.Second}, 429, "rate_limit_exceeded", headers{"90", "false"}},
		{&conversation.Error{Kind: conversation.UsageLimit, RetryAfter: 3 * time.Hour}, 429, "usage_limit_reached", headers{"10800", "false"}},
		{&conversation.Error{Kind: conversation.UsageLimit}, 429, "usage_limit_reached", headers{"", "false"}},
		{&conversation.Error{Kind: conversation.Overloaded}, 503, "overloaded", headers{}},
		{&conversation.Error{Kind: conversation.CLIMissing}, 503, "cli_missing", headers{}},
		{fmt.Errorf("wrapped: %w", &conversation.Error{Kind: conversation.Billing}), 402, "insufficient_quota", headers{}},
		{errors.New("odd"), 500, "internal_error", headers{}},
	} {
		var log logbook
		s := serve(t, Config{Log: log.logger(), Backend: &backend{reply: func(context.Context, *conversation.Request) events { return failing(test.err) }}})
		for _, body := range []string{blocking, streaming} {
			response, answer := s.chat(t, body)
			assert.Equal(t, test.status, response.StatusCode, "%v", test.err)
			assert.Equal(t, test.code, readError(t, answer).Code)
			assert.Equal(t, test.headers, headers{response.Header.Get("Retry-After"), response.Header.Get("X-Should-Retry")})
		}
		assert.Equal(t, HealthRequests{Total: 2, Failed: 2}, s.Health().Requests)
		require.NoError(t, s.stop())
		assert.Contains(t, log.String(), "outcome="+string(conversation.AsError(test.err).Kind))
	}
}
