package proxy

import (
	"bytes"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// logbook keeps what is logged.
type logbook struct {
	mu  sync.Mutex
	out bytes.Buffer
}

func (l *logbook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.out.Write(p)
}

func (l *logbook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.out.String()
}

func (l *logbook) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(l, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

func TestTheLogTellsNeitherPromptNorAnswerNorKey(t *testing.T) {
	var log logbook
	s := serve(t, Config{Log: log.logger(), APIKey: "sk-secret"})
	const prompt = "Where is it?" // nothing that an id can have in it by chance
	private := func(body string) string { return strings.Replace(body, "Hi", prompt, 1) }
	s.chat(t, private(blocking), "Authorization", "Bearer sk-secret")
	s.chat(t, private(streaming), "X-Api-Key", "sk-secret")
	s.chat(t, private(streaming), "Authorization", "Bearer sk-guess")
	s.do(t, http.MethodGet, "/nowhere%0Alevel=ERROR?key=sk-secret", "", "Authorization", "Bearer sk-secret")
	require.NoError(t, s.stop())
	assert.Contains(t, log.String(), "status=200 outcome=ok model=opus")
	assert.Contains(t, log.String(), "status=401 outcome=refused")
	assert.NotContains(t, log.String(), prompt)
	assert.NotContains(t, log.String(), "Hello")
	assert.NotContains(t, log.String(), "sk-")
	assert.NotContains(t, log.String(), "\nlevel=ERROR")
}
