package claude

import (
	"bytes"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/proxy/claude/claudetest"
	"claude-max-api-proxy/proxy/conversation"
)

// brief is a new conversation with a system prompt and a limit.
func brief(text string) *conversation.Request {
	r := says(text)
	r.System, r.MaxTokens = []string{"Be brief."}, 4096
	return r
}

// settledWith waits until nothing starts and n processes are warm.
func (s *stage) settledWith(n int) {
	s.t.Helper()
	s.eventually("warm processes", func(c conversation.ProcessCount) bool { return c.Starting == 0 && c.Warm == n })
}

func TestAProcessIsPreparedForTheConversationThatBeginsAlike(t *testing.T) {
	s := newStage(t, nil, func(c *Config) { c.Spares = 1 }).learned()
	s.settledWith(2) // a spare, and what was learned from
	s.answered(brief("one"))
	s.settledWith(2) // the spare again: one conversation is no habit
	s.answered(brief("two"))
	s.settledWith(3)

	started := s.pids(claudetest.Start)
	prepared := started[len(started)-1]
	told := len(s.cli.Told(prepared))
	s.answered(brief("three"))
	turns := s.pids(claudetest.Turn)
	require.Equal(t, prepared, turns[len(turns)-1])
	lines := s.cli.Told(prepared)
	assert.Len(t, lines, told+1, "all that was left to tell is the question")
	assert.Contains(t, lines[told], "three")
	before := strings.Join(lines[:told], "\n")
	assert.Contains(t, before, "Be brief.")
	assert.Contains(t, before, `"CLAUDE_CODE_MAX_OUTPUT_TOKENS":"4096"`)
	s.settledWith(3) // and so on
}

func TestAPreparedProcessServesNoOtherConversation(t *testing.T) {
	others := map[string]func(*conversation.Request){
		"system prompt": func(r *conversation.Request) { r.System = []string{"Be brief!"} },
		"model":         func(r *conversation.Request) { r.Model = "sonnet" },
	}
	s := newStage(t, nil, func(c *Config) { c.Spares = 1 }).learned()
	s.settledWith(2)
	s.answered(brief("one"))
	s.settledWith(2)
	s.answered(brief("two"))
	s.settledWith(3)
	started := s.pids(claudetest.Start)
	prepared := started[len(started)-1]
	for name, change := range others {
		r := brief("other " + name)
		change(r)
		s.answered(r)
	}
	assert.NotContains(t, s.pids(claudetest.Turn), prepared)
}

func TestNothingIsPreparedAtTheExpenseOfRunningConversations(t *testing.T) {
	s := newStage(t, nil, func(c *Config) { c.Spares = 1; c.MaxProcesses = 3 }).learned()
	for _, text := range []string{"one", "two", "three"} {
		s.answered(brief(text))
	}
	s.eventually("a spare and two conversations", func(c conversation.ProcessCount) bool {
		return c.Starting == 0 && c.Warm == 1 && c.Idle == 2
	})
}

func TestAWarmModelThatDoesNotExistKeepsNobodyFromAnswers(t *testing.T) {
	s := newStage(t, nil, func(c *Config) { c.Spares = 1; c.WarmModel = "gpt-4o" }).learned()
	s.settledWith(2)
	s.answered(says("hello"))
	for _, line := range s.cli.Events() {
		assert.NotContains(t, line.Args, "gpt-4o")
	}
}

// What a process says that breaks off may quote what it was told.
func TestThePreparedBeginningIsNotLogged(t *testing.T) {
	const secret = "the-client's-system-prompt"
	var log lockedBuffer
	var answered atomic.Int64
	s := newStage(t, func(e claudetest.Event) claudetest.Action {
		switch {
		case e.Stage == claudetest.Finished && strings.Contains(e.Line, "about it"):
			answered.Add(1)
		case e.Stage == claudetest.Initialize && strings.Contains(e.Line, secret) && answered.Load() == 2:
			return claudetest.Action{Do: claudetest.Complain, Lines: []string{"unexpected value in " + e.Line}}
		}
		return claudetest.Action{}
	}, func(c *Config) {
		c.Spares = 1
		c.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}).learned()
	s.settledWith(2)
	for _, text := range []string{"one about it", "two about it"} {
		r := says(text)
		r.System = []string{secret}
		s.answered(r)
		if answered.Load() < 2 {
			s.settledWith(2)
		}
	}
	require.Eventually(t, func() bool { return strings.Contains(log.String(), "no spare") }, 20*time.Second, time.Millisecond)
	assert.NotContains(t, log.String(), secret)
}

// lockedBuffer is what many goroutines log into.
type lockedBuffer struct {
	mu  sync.Mutex
	all bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.all.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.all.String()
}
