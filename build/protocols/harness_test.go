package protocols

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"claude-max-api-proxy/proxy"
	"claude-max-api-proxy/proxy/claude"
	"claude-max-api-proxy/proxy/claude/claudetest"
	"claude-max-api-proxy/proxy/claude/process"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(claudetest.Main{M: m}) }

// protocol is one of those that are held against each other.
type protocol struct{ name, path string }

var protocols = []protocol{
	{"chat", "/v1/chat/completions"},
	{"responses", "/v1/responses"},
	{"messages", "/v1/messages"},
}

// serve is the whole proxy in front of a CLI, with as many processes ahead of requests.
func serve(t *testing.T, path string, env []string, spares int) *httptest.Server {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	household, err := process.Open(t.TempDir(), log)
	require.NoError(t, err)
	driver, err := claude.New(claude.Config{Path: path, Env: env, Household: household, Spares: spares, Log: log})
	require.NoError(t, err)
	server, err := proxy.New(proxy.Config{Backend: driver, Log: log})
	require.NoError(t, err)
	s := httptest.NewServer(server)
	t.Cleanup(func() {
		s.Close()
		driver.Close()
		assert.NoError(t, household.Close(context.Background()))
	})
	return s
}

// ask sends a request, as a stream or not, and gives what came.
func ask(t *testing.T, s *httptest.Server, p protocol, body []byte, stream bool) (status int, answer string) {
	t.Helper()
	if stream {
		body = append([]byte(`{"stream":true,`), strings.TrimPrefix(string(body), "{")...)
	}
	response, err := s.Client().Post(s.URL+p.path, "application/json", strings.NewReader(string(body)))
	require.NoError(t, err)
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	if stream && response.StatusCode == http.StatusOK {
		require.Equal(t, "text/event-stream; charset=utf-8", response.Header.Get("Content-Type"))
	}
	return response.StatusCode, settled(string(data))
}

// What is another one each time.
var (
	ids   = regexp.MustCompile(`\b(chatcmpl-|resp_|msg_|rs_|fc_|req_)[0-9A-Za-z]{20,}`)
	times = regexp.MustCompile(`"(created|created_at|completed_at|resets_at)":\d+`)
	uuids = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
)

// settled is a text without what is another one each time.
func settled(text string) string {
	text = ids.ReplaceAllString(text, "${1}…")
	text = uuids.ReplaceAllString(text, "…")
	return times.ReplaceAllString(text, `"$1":0`)
}
