package claude

import (
	"io"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/proxy/claude/claudetest"
	"claude-max-api-proxy/proxy/conversation"
)

func TestWhatNobodyUsesEnds(t *testing.T) {
	s := newStage(t, nil, func(c *Config) { c.Spares = 1; c.IdleTimeout = 100 * time.Millisecond }).learned()
	s.answered(says("hello"))
	s.eventually("conversations end first", func(c conversation.ProcessCount) bool { return c.Idle == 0 && c.Warm == 1 })
	s.eventually("spares end later", func(c conversation.ProcessCount) bool { return c.Idle+c.Warm+c.Starting == 0 })
	require.Eventually(t, func() bool { return s.cli.Live() == 0 }, 10*time.Second, time.Millisecond)
	s.answered(says("hello"))
	s.eventually("the next request brings a spare", func(c conversation.ProcessCount) bool { return c.Warm == 1 })
}

// TestTheShortestIdleTimeoutIsNoDefect: a ticker that never waits is a panic.
func TestTheShortestIdleTimeoutIsNoDefect(t *testing.T) {
	s := newStage(t, nil, func(c *Config) { c.IdleTimeout = 1 }).learned()
	s.answered(says("hello"))
	s.eventually("nothing is kept", func(c conversation.ProcessCount) bool { return c.Idle+c.Warm+c.Starting == 0 })
}

func TestAProcessThatHasGrownTooLargeIsReplacedAfterItsTurn(t *testing.T) {
	s := newStage(t, nil, func(c *Config) { c.MaxProcessMemory = 1 }).learned()
	s.answered(says("one"))
	s.answered(says("one", "one", "two"))
	turns := s.pids(claudetest.Turn)
	assert.NotEqual(t, turns[0], turns[1], "the conversation went on elsewhere")
	s.eventually("no process keeps a conversation", func(c conversation.ProcessCount) bool { return c.Idle == 0 && c.Busy == 0 })
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	in, err := os.Open(from)
	require.NoError(t, err)
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY, 0o755)
	require.NoError(t, err)
	_, err = io.Copy(out, in)
	require.NoError(t, err)
	require.NoError(t, out.Close())
}

// TestAnUpdatedCLIIsLearnedAgain: the native installer points a link to another
// file and leaves the former one where it is.
func TestAnUpdatedCLIIsLearnedAgain(t *testing.T) {
	dir := t.TempDir()
	link, second := filepath.Join(dir, "claude"), filepath.Join(dir, "claude-2")
	var version atomic.Value
	version.Store("2.1.197")
	s := newStage(t, func(claudetest.Event) claudetest.Action {
		return claudetest.Action{Version: version.Load().(string)}
	}, func(c *Config) {
		copyFile(t, c.Path, second)
		require.NoError(t, os.Symlink(c.Path, link))
		c.Path, c.Spares = link, 1
	}).learned()
	s.answered(says("one"))
	assert.Equal(t, "2.1.197", s.Status().CLIVersion)
	s.settledWith(2) // a spare, and one that was prepared for the next of its kind
	old := s.pids(claudetest.Start)

	version.Store("2.1.330")
	require.NoError(t, os.Remove(link))
	require.NoError(t, os.Symlink(second, link))
	s.answered(says("one", "one", "two"))
	assert.Equal(t, "2.1.330", s.Status().CLIVersion)
	turns := s.pids(claudetest.Turn)
	assert.NotContains(t, old, turns[1], "nothing is answered by the former CLI")

	require.NoError(t, os.Remove(link))
	a := s.ask(s.deadline(), says("three"))
	require.NotNil(t, a.err)
	assert.Equal(t, conversation.CLIMissing, a.err.Kind)
	assert.Equal(t, conversation.CLIMissing, s.Status().Problem.Kind)
}

func TestASignInProblemRenewsTheProcesses(t *testing.T) {
	s := newStage(t, nil, func(c *Config) { c.Spares = 1 }).learned()
	s.answered(says("one"))
	s.settledWith(2)
	assert.Equal(t, conversation.SignedIn, s.Status().SignIn)

	s.cli.SetScript(do(claudetest.Turn, claudetest.Say, apiError("authentication_failed"), errorResult(`,"result":"Not logged in · Please run /login"`)))
	a := s.ask(s.deadline(), says("two"))
	require.NotNil(t, a.err)
	assert.Equal(t, conversation.SignInNeeded, a.err.Kind)
	assert.Equal(t, conversation.SignedOut, s.Status().SignIn)
	s.eventually("all that held the old login are gone", func(c conversation.ProcessCount) bool { return c.Warm+c.Idle+c.Starting == 0 })
	before := s.cli.Count(claudetest.Start)

	// The login is there again: the next request must see it, so its process was
	// started after the failure.
	s.cli.SetScript(nil)
	s.answered(says("two"))
	turns, starts := s.pids(claudetest.Turn), s.pids(claudetest.Start)
	assert.Contains(t, starts[before:], turns[len(turns)-1])
	assert.Equal(t, conversation.SignedIn, s.Status().SignIn)
}
