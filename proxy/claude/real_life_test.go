package claude_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/proxy/claude"
	"claude-max-api-proxy/proxy/claude/claudetest"
	"claude-max-api-proxy/proxy/conversation"
)

// TestACallerWhoLeavesEndsTheRequestUpstream: what nobody reads must not go on
// costing.
func TestACallerWhoLeavesEndsTheRequestUpstream(t *testing.T) {
	cli := claudetest.Either(t)
	r := newRig(t, cli, nil)
	leave := map[string]func(ctx context.Context) error{
		"its context ends before the first word": func(ctx context.Context) (last error) {
			ctx, cancel := context.WithCancel(ctx)
			defer cancel()
			r.model.Reset()
			var watch sync.WaitGroup
			watch.Go(func() {
				assert.NoError(t, r.model.WaitRequests(ctx, 1))
				cancel()
			})
			for _, err := range r.Reply(ctx, question("offline:silent_early")) {
				last = err
			}
			watch.Wait()
			assert.ErrorIs(t, last, context.Canceled)
			return nil
		},
		"its context ends": func(ctx context.Context) (last error) {
			ctx, cancel := context.WithCancel(ctx)
			defer cancel()
			for e, err := range r.Reply(ctx, question("offline:slow(100)")) {
				if _, ok := e.(conversation.TextDelta); ok {
					cancel()
				}
				last = err
			}
			assert.ErrorIs(t, last, context.Canceled)
			return nil
		},
		"it stops reading": func(ctx context.Context) error {
			for e, err := range r.Reply(ctx, question("offline:slow(100)")) {
				if _, ok := e.(conversation.TextDelta); ok {
					break
				}
				require.NoError(t, err)
			}
			return nil
		},
	}
	for name, how := range leave {
		require.NoError(t, how(deadline(t)), name)
		soon, cancel := context.WithTimeout(deadline(t), time.Second)
		assert.NoError(t, r.model.WaitIdle(soon), name)
		cancel()
		assert.Zero(t, r.Status().Processes.Busy, name)
		a := r.ask(deadline(t), question("offline:echo(next)"))
		require.NoError(t, a.err, name)
		assert.Equal(t, "next", a.text)
	}
}

func TestCloseInTheMiddleOfAnAnswer(t *testing.T) {
	cli := claudetest.Either(t)
	r := newRig(t, cli, nil)
	ctx := deadline(t)
	closed := make(chan struct{})
	begun := false
	var last error
	for e, err := range r.Reply(ctx, question("offline:slow(100)")) {
		if _, ok := e.(conversation.TextDelta); ok && !begun {
			begun = true
			go func() { r.Close(); close(closed) }()
		}
		last = err
	}
	<-closed
	require.Error(t, last)
	assert.Equal(t, conversation.ShuttingDown, conversation.AsError(last).Kind)
	assert.Zero(t, r.Status().Processes.Busy+r.Status().Processes.Idle+r.Status().Processes.Warm)
	require.NoError(t, r.model.WaitIdle(ctx))
}

// TestTheCLIIsReplacedWhileItAnswers: that answer goes on, while the next request is the new
// one's already.
func TestTheCLIIsReplacedWhileItAnswers(t *testing.T) {
	old, updated := claudetest.Real(t, claudetest.Versions[0]), claudetest.Real(t, claudetest.Versions[1])
	link := filepath.Join(t.TempDir(), "claude")
	require.NoError(t, os.Symlink(old, link))
	r := newRig(t, link, nil)
	ctx := deadline(t)
	replaced := false
	answer := ""
	for e, err := range r.Reply(ctx, question("offline:slow(5)")) {
		require.NoError(t, err)
		delta, ok := e.(conversation.TextDelta)
		if !ok {
			continue
		}
		answer += delta.Text
		if !replaced {
			replaced = true
			require.NoError(t, os.Remove(link))
			require.NoError(t, os.Symlink(updated, link))
			a := r.ask(ctx, question("offline:echo(meanwhile)"))
			require.NoError(t, a.err)
			assert.Equal(t, "meanwhile", a.text)
			assert.Equal(t, claudetest.Versions[1], r.Status().CLIVersion)
			assert.Equal(t, 1, r.Status().Processes.Busy, "the old one still answers")
		}
	}
	require.True(t, replaced)
	again := r.ask(ctx, question("offline:slow(5)"))
	require.NoError(t, again.err)
	assert.Equal(t, again.text, answer, "whole")
	requests := r.model.Requests()
	require.Len(t, requests, 3, "nothing was asked again")
	assert.NotEqual(t, requests[0].Model, requests[1].Model, "each version has its own newest model")
	assert.Equal(t, requests[1].Model, requests[2].Model, "the old one answers no more")
	assert.NotEqual(t, upstreamSession(requests[0]), upstreamSession(requests[2]))
}

// TestTheCLIIsReplacedWhileItRuns: the native installer points its link to the new
// version.
func TestTheCLIIsReplacedWhileItRuns(t *testing.T) {
	old, updated := claudetest.Real(t, claudetest.Versions[0]), claudetest.Real(t, claudetest.Versions[1])
	link := filepath.Join(t.TempDir(), "claude")
	require.NoError(t, os.Symlink(old, link))
	r := newRig(t, link, nil)
	ctx := deadline(t)
	require.NoError(t, r.ask(ctx, question("offline:echo(one)")).err)
	assert.Equal(t, claudetest.Versions[0], r.Status().CLIVersion)

	require.NoError(t, os.Remove(link))
	require.NoError(t, os.Symlink(updated, link))
	a := r.ask(ctx, question("offline:echo(one)", "one", "/two offline:echo(two)"))
	require.NoError(t, a.err)
	assert.Equal(t, "two", a.text)
	assert.Equal(t, claudetest.Versions[1], r.Status().CLIVersion)
	requests := r.model.Requests()
	require.Len(t, requests, 2)
	assert.NotEqual(t, requests[0].Model, requests[1].Model, "each version has its own newest model")
	assert.Equal(t, `user {"text":"/two offline:echo(two)","type":"text"}`, said(t, requests[1])[2])
}

// TestALoginIsSeenWithoutARestart: the person signs in while the proxy runs. The
// file is where Linux keeps the login; elsewhere it is the keychain.
func TestALoginIsSeenWithoutARestart(t *testing.T) {
	claudetest.Each(t, func(t *testing.T, cli string) {
		home := t.TempDir()
		r := newRig(t, cli, func(c *claude.Config) {
			for i, pair := range c.Env {
				switch {
				case pair[:5] == "HOME=":
					c.Env[i] = "HOME=" + home
				case len(pair) > 18 && pair[:18] == "CLAUDE_CONFIG_DIR=":
					c.Env[i] = "CLAUDE_CONFIG_DIR=" + filepath.Join(home, ".claude")
				}
			}
			c.Env = append(c.Env, "CLAUDE_CODE_OAUTH_TOKEN=")
		})
		ctx := deadline(t)
		for range 2 {
			a := r.ask(ctx, question("offline:echo(hello)"))
			require.Error(t, a.err)
			require.Equal(t, conversation.SignInNeeded, conversation.AsError(a.err).Kind)
		}
		login, err := json.Marshal(map[string]any{"claudeAiOauth": map[string]any{
			"accessToken": "sk-ant-oat01-offline", "refreshToken": "sk-ant-ort01-offline",
			"expiresAt": time.Now().Add(8 * time.Hour).UnixMilli(),
			"scopes":    []string{"user:inference", "user:profile"}, "subscriptionType": "max",
		}})
		require.NoError(t, err)
		require.NoError(t, os.MkdirAll(filepath.Join(home, ".claude"), 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(home, ".claude", ".credentials.json"), login, 0o600))

		a := r.ask(ctx, question("offline:echo(hello)"))
		require.NoError(t, a.err)
		assert.Equal(t, "hello", a.text)
		assert.Equal(t, conversation.SignedIn, r.Status().SignIn)
	})
}
