package claude

import (
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/proxy/claude/claudetest"
	"claude-max-api-proxy/proxy/conversation"
)

// apiError is the CLI's line about a login that upstream did not accept, and the end
// of the turn.
var loginRefused = []string{
	`{"type":"assistant","error":"authentication_failed","api_error_status":401,"message":{"content":[{"type":"text","text":"no"}]}}`,
	`{"type":"result","subtype":"success","is_error":true,"api_error_status":401,"num_turns":1,"result":"no"}`,
}

// signedOut is a stage whose login upstream has just refused. Its CLI goes on to say
// that there is a login: it looks at this machine only.
func signedOut(t *testing.T, look time.Duration) (s *stage, home string) {
	t.Helper()
	home = t.TempDir()
	script := once(claudetest.Requested, claudetest.Say, loginRefused...)
	s = newStage(t, script, func(c *Config) {
		c.Env = append(c.Env, "CLAUDE_CONFIG_DIR="+home)
		c.look = look
	}).learned()
	require.Eventually(t, func() bool { return s.Status().SignIn == conversation.SignedIn }, 20*time.Second, time.Millisecond)
	a := s.ask(s.deadline(), says("hello"))
	require.NotNil(t, a.err)
	require.Equal(t, conversation.SignInNeeded, a.err.Kind, a.err.Message)
	require.Equal(t, conversation.SignedOut, s.Status().SignIn)
	return s, home
}

func (s *stage) awaitSignIn(want conversation.SignIn) {
	s.t.Helper()
	require.Eventually(s.t, func() bool { return s.Status().SignIn == want }, 20*time.Second, time.Millisecond)
}

func TestUpstreamKnowsBetterThanThisMachineWhetherALoginIsGood(t *testing.T) {
	s, _ := signedOut(t, time.Hour)
	s.Recheck(s.deadline())
	assert.Equal(t, conversation.SignedOut, s.Status().SignIn)
	a := s.ask(s.deadline(), says("again"))
	require.Nil(t, a.err, "requests still go through, so recovery needs no restart")
	assert.Equal(t, conversation.SignedIn, s.Status().SignIn)
}

func TestANewLoginIsNoticedWhenItIsTold(t *testing.T) {
	s, _ := signedOut(t, time.Hour)
	s.LoginChanged(s.deadline())
	assert.Equal(t, conversation.SignedIn, s.Status().SignIn)
	s.eventually("a spare with the new login", func(c conversation.ProcessCount) bool { return c.Busy+c.Starting == 0 })
}

func TestANewLoginIsNoticedByItsFile(t *testing.T) {
	s, home := signedOut(t, 5*time.Millisecond)
	// The driver must not open it: it only sees that it is another one.
	require.NoError(t, os.WriteFile(filepath.Join(home, ".credentials.json"), []byte("secret"), 0o000))
	s.awaitSignIn(conversation.SignedIn)
}

// A request that was sent with the former login may fail after somebody has signed in.
func TestALoginIsNotRefusedWithARequestThatHadTheFormerOne(t *testing.T) {
	for name, signIn := range map[string]func(s *stage, file string){
		"through the app": func(s *stage, _ string) { s.LoginChanged(s.deadline()) },
		"in a terminal":   func(_ *stage, file string) { require.NoError(t, os.WriteFile(file, []byte("new"), 0o000)) },
	} {
		t.Run(name, func(t *testing.T) {
			home := t.TempDir()
			h := hold(t, claudetest.Requested)
			s := newStage(t, func(e claudetest.Event) claudetest.Action {
				h.script(e)
				return do(claudetest.Requested, claudetest.Say, loginRefused...)(e)
			}, func(c *Config) {
				c.Env = append(c.Env, "CLAUDE_CONFIG_DIR="+home)
				c.look = time.Hour
			}).learned()
			s.awaitSignIn(conversation.SignedIn)
			answer := make(chan told, 1)
			go func() { answer <- s.ask(s.deadline(), says("hello")) }()
			h.wait(t)
			signIn(s, filepath.Join(home, ".credentials.json"))
			h.release()
			a := <-answer
			require.NotNil(t, a.err)
			require.Equal(t, conversation.SignInNeeded, a.err.Kind, a.err.Message)
			assert.Equal(t, conversation.SignedIn, s.Status().SignIn)
			s.Recheck(s.deadline())
			assert.Equal(t, conversation.SignedIn, s.Status().SignIn, "what this machine says counts")

			s.cli.SetScript(do(claudetest.Requested, claudetest.Say, loginRefused...))
			s.ask(s.deadline(), says("again"))
			assert.Equal(t, conversation.SignedOut, s.Status().SignIn, "the new one is refused as well")
		})
	}
}

func TestAFailureThatMayBeTheLoginsFaultIsLookedInto(t *testing.T) {
	s := newStage(t, do(claudetest.Requested, claudetest.Exit), nil).learned()
	s.awaitSignIn(conversation.SignedIn)
	before := s.authChecks()
	a := s.ask(s.deadline(), says("hello"))
	require.NotNil(t, a.err)
	require.Equal(t, conversation.CLIFailed, a.err.Kind)
	require.Eventually(t, func() bool { return s.authChecks() == before+1 }, 20*time.Second, time.Millisecond)
	s.ask(s.deadline(), says("hello"))
	assert.Equal(t, before+1, s.authChecks(), "not with every failure")
}

func (s *stage) authChecks() (n int) {
	for _, e := range s.cli.Events() {
		if e.Stage == claudetest.AuthStatus {
			n++
		}
	}
	return n
}

func TestAfterSleepWaitingProcessesAreReplaced(t *testing.T) {
	s := newStage(t, nil, func(c *Config) { c.Spares = 1 }).learned()
	warm := func(c conversation.ProcessCount) bool { return c.Warm > 0 && c.Starting == 0 && c.Busy == 0 }
	s.eventually("a spare", warm)
	a := s.ask(s.deadline(), says("hello"))
	require.Nil(t, a.err)
	s.eventually("a spare and a kept conversation", func(c conversation.ProcessCount) bool { return warm(c) && c.Idle == 1 })
	before := s.waiting()
	s.Recheck(s.deadline())
	s.eventually("a new spare", warm)
	for _, pid := range s.waiting() {
		assert.NotContains(t, before, pid)
	}
	assert.Equal(t, conversation.SignedIn, s.Status().SignIn)
	a = s.ask(s.deadline(), says("hello", a.text, "and then?"))
	assert.Nil(t, a.err, "what the old process knew is told to a new one")
}

// waiting are the pids of the processes that wait.
func (s *stage) waiting() []int {
	s.pool.mu.Lock()
	defer s.pool.mu.Unlock()
	var all []int
	for _, session := range slices.Concat(s.pool.spares, s.pool.idle) {
		all = append(all, session.proc.PID())
	}
	return all
}

func TestACLIThatComesBackIsNoticedWithoutARequest(t *testing.T) {
	var changes atomic.Int64
	path := filepath.Join(t.TempDir(), "claude")
	s := newStage(t, nil, func(c *Config) {
		c.look = 5 * time.Millisecond
		c.Changed = func() { changes.Add(1) }
		require.NoError(t, os.Symlink(c.Path, path))
		c.Path = path
	}).learned()
	target, err := os.Readlink(path)
	require.NoError(t, err)
	require.NoError(t, os.Remove(path))
	require.Eventually(t, func() bool { return s.Status().Problem != nil }, 20*time.Second, time.Millisecond)
	assert.Empty(t, s.Status().CLIPath)
	before := changes.Load()
	require.NoError(t, os.Symlink(target, path))
	require.Eventually(t, func() bool { return s.Status().Problem == nil && s.Status().CLIVersion != "" }, 20*time.Second, time.Millisecond)
	assert.Greater(t, changes.Load(), before, "the app is told of it")
}

// A limit is never called a sign-in problem: who has a plan that is used up is signed in.
func TestAUsedUpPlanShowsThatTheLoginIsGood(t *testing.T) {
	s := newStage(t, nil, nil).learned()
	s.refusedLogin(s.loginNow())
	require.Equal(t, conversation.SignedOut, s.Status().SignIn)
	require.Error(t, s.concluded(&conversation.Error{Kind: conversation.UsageLimit, Message: "Used up."}, s.loginNow()))
	assert.Equal(t, conversation.SignedIn, s.Status().SignIn)
}
