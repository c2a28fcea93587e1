package claude

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/proxy/claude/claudetest"
	"claude-max-api-proxy/proxy/claude/transcript"
	"claude-max-api-proxy/proxy/conversation"
)

// changing is a long conversation under a system prompt that is another one each time.
func changing(n int) *conversation.Request {
	var texts []string
	for i := range 60 {
		texts = append(texts, fmt.Sprintf("question %d", i), fmt.Sprintf("answer %d", i))
	}
	r := says(append(texts, fmt.Sprintf("last %d", n))...)
	r.System = []string{fmt.Sprintf("It is %d o'clock.", n)}
	return r
}

func newReadingStage(t *testing.T, script func(claudetest.Event) claudetest.Action, changes ...func(*Config)) *stage {
	if !transcript.Supported {
		t.Skip("no named pipes here")
	}
	return newStage(t, script, func(c *Config) {
		c.Spares = 1
		for _, change := range changes {
			change(c)
		}
	}).learned()
}

// awaitReader waits for a spare that waits for a history.
func (s *stage) awaitReader() {
	s.t.Helper()
	s.eventually("a spare that reads", func(conversation.ProcessCount) bool { return s.reader() })
}

func (s *stage) reader() bool {
	s.pool.mu.Lock()
	defer s.pool.mu.Unlock()
	return slices.ContainsFunc(s.pool.spares, func(s *session) bool { return s.pipe != nil })
}

func TestASpareWaitsForTheHistoryOfAChangingConversation(t *testing.T) {
	s := newReadingStage(t, nil)
	s.answered(changing(1))
	s.answered(changing(2)) // tells it
	s.awaitReader()
	before := len(s.cli.Events())
	a := s.ask(s.deadline(), changing(3))
	require.Nil(t, a.err)
	assert.Equal(t, "last 3", a.text)
	var read []string
	silent := 0
	for _, e := range s.cli.Events()[before:] {
		switch {
		case e.Stage == claudetest.Resumed && e.Line != "":
			read = append(read, e.Line)
		case e.Stage == claudetest.Silent || e.Stage == claudetest.Past:
			silent++
		}
	}
	require.Len(t, read, 1)
	assert.Equal(t, 120, strings.Count(read[0], "\n"))
	assert.Contains(t, read[0], "answer 59")
	assert.NotContains(t, read[0], "last 3")
	assert.Zero(t, silent, "all of it was read")
	s.eventually("what is known to change is not kept", func(c conversation.ProcessCount) bool { return c.Idle <= 2 && c.Busy == 0 && c.Starting == 0 })
}

// TestAHistoryThatIsNotReadIsTold: whatever a CLI of tomorrow does with a session that is
// a pipe, requests are answered.
func TestAHistoryThatIsNotReadIsTold(t *testing.T) {
	for name, deed := range map[string]claudetest.Action{
		"it ends":              {Do: claudetest.Exit},
		"it finds no session":  {Do: claudetest.Say, Lines: []string{`{"type":"result","subtype":"error_during_execution","is_error":true,"num_turns":0,"errors":["No conversation found"]}`}},
		"it prints what it is": {Do: claudetest.Complain, Lines: []string{"--resume wants an id"}},
		"it prints garbage":    {Do: claudetest.Garbage},
	} {
		t.Run(name, func(t *testing.T) {
			s := newReadingStage(t, func(e claudetest.Event) claudetest.Action {
				if e.Stage == claudetest.Resumed {
					return deed
				}
				return claudetest.Action{}
			})
			for i := range 4 {
				a := s.ask(s.deadline(), changing(i))
				require.Nil(t, a.err)
				assert.Equal(t, fmt.Sprintf("last %d", i), a.text)
				if i > 0 && s.known().takesTranscripts() {
					s.eventually("a spare that reads, or the news that none does", func(conversation.ProcessCount) bool {
						return s.reader() || !s.known().takesTranscripts()
					})
				}
			}
			assert.False(t, s.known().takesTranscripts(), "it is not tried again")
		})
	}
}

// TestWhyAHistoryIsNotReadIsLoggedWithoutTheCLIsWords: they may quote what it was told.
func TestWhyAHistoryIsNotReadIsLoggedWithoutTheCLIsWords(t *testing.T) {
	const secret = "the-client's-system-prompt"
	var log lockedBuffer
	s := newReadingStage(t, nil, func(c *Config) { c.Log = slog.New(slog.NewTextHandler(&log, nil)) })
	s.answered(changing(1))
	s.answered(changing(2))
	s.awaitReader()
	s.cli.SetScript(once(claudetest.Resumed, claudetest.Say,
		`{"type":"control_response","response":{"subtype":"error","request_id":"`+initializeID+`","error":"unexpected value in `+secret+`"}}`))
	s.answered(changing(3))
	assert.Contains(t, log.String(), `cause="The Claude Code CLI refused a control request."`)
	assert.NotContains(t, log.String(), secret)
}

// TestARefusedLoginIsNotTheHistorysFault: what the CLI says of the login before it asks
// upstream is the answer.
func TestARefusedLoginIsNotTheHistorysFault(t *testing.T) {
	s := newReadingStage(t, nil)
	s.answered(changing(1))
	s.answered(changing(2))
	s.awaitReader()
	s.cli.SetScript(do(claudetest.Turn, claudetest.Say,
		`{"type":"assistant","error":"authentication_failed","message":{"content":[{"type":"text","text":"Not logged in"}]}}`,
		`{"type":"result","subtype":"success","is_error":true,"api_error_status":null,"num_turns":1,"result":"Not logged in"}`))
	a := s.ask(s.deadline(), changing(3))
	require.NotNil(t, a.err)
	assert.Equal(t, conversation.SignInNeeded, a.err.Kind)
	assert.True(t, s.known().takesTranscripts())
}
