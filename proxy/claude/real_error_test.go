package claude_test

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/proxy/claude"
	"claude-max-api-proxy/proxy/claude/claudetest"
	"claude-max-api-proxy/proxy/conversation"
)

func TestEveryFailureOfTheAPI(t *testing.T) {
	tests := []struct {
		scenario string
		kind     conversation.Kind
		status   int
		deltas   int // pieces of text before; -1 is some
	}{
		{"unauthorized", conversation.SignInNeeded, 401, 0},
		{"revoked", conversation.SignInNeeded, 403, 0},
		{"forbidden", conversation.PermissionDenied, 403, 0},
		{"not_found", conversation.ModelNotFound, 404, 0},
		{"too_long", conversation.ContextLength, 400, 0},
		{"invalid", conversation.InvalidRequest, 400, 0},
		{"too_large", conversation.TooLarge, 413, 0},
		{"usage_limit", conversation.UsageLimit, 429, 0},
		{"rate_limited", conversation.RateLimited, 429, 0},
		{"extra_usage", conversation.ExtraUsage, 400, 0},
		{"billing", conversation.Billing, 400, 0},
		{"overloaded", conversation.Overloaded, 529, 0},
		{"server_error", conversation.Upstream, 500, 0},
		{"cut_early", conversation.Upstream, 0, 0},
		{"cut", conversation.Upstream, 0, -1},
		{"restart", conversation.Upstream, 0, 2},
		{"error_event(api_error)", conversation.Upstream, 0, 2},
	}
	cli := claudetest.Either(t)
	r := newRig(t, cli, func(c *claude.Config) {
		// Spares would be started for nothing: a sign-in problem ends them.
		c.MaxProcesses, c.Spares = 4, -1
	})
	require.NoError(t, r.ask(deadline(t), question("offline:echo(up)")).err)
	t.Run("scenarios", func(t *testing.T) {
		for _, tt := range tests {
			t.Run(tt.scenario, func(t *testing.T) {
				t.Parallel()
				a := r.ask(deadline(t), question("offline:"+tt.scenario))
				require.Error(t, a.err)
				err := conversation.AsError(a.err)
				assert.Equal(t, tt.kind, err.Kind, err.Message)
				assert.Equal(t, tt.status, err.Status)
				assert.Empty(t, a.done, "a failure is never the end of an answer")
				if tt.deltas >= 0 {
					assert.Equal(t, tt.deltas, a.deltas)
				}
				if tt.scenario == "usage_limit" {
					assert.InDelta(t, time.Hour, err.RetryAfter, float64(2*time.Minute))
				}
			})
		}
	})
	// None of it is kept.
	a := r.ask(deadline(t), question("offline:echo(still up)"))
	require.NoError(t, a.err)
	assert.Equal(t, "still up", a.text)
}

func TestARateLimitIsToldAtOnce(t *testing.T) {
	// The new CLI would wait for eight seconds, twice.
	r := newRig(t, claudetest.Real(t, "2.1.330"), nil)
	ctx := deadline(t)
	require.NoError(t, r.ask(ctx, question("offline:echo(up)")).err)
	a := r.ask(ctx, question("offline:rate_limited"))
	require.Error(t, a.err)
	// Upstream says seven seconds, to which the CLI adds up to a half by chance.
	wait := conversation.AsError(a.err).RetryAfter
	assert.GreaterOrEqual(t, wait, 7*time.Second)
	assert.Less(t, wait, 12*time.Second)
	assert.Len(t, r.about("rate_limited"), 1, "it was not waited for here")
}

func TestSilenceIsGivenUp(t *testing.T) {
	cli := claudetest.Either(t)
	r := newRig(t, cli, func(c *claude.Config) { c.SilenceTimeout = 8 * time.Second })
	ctx := deadline(t)
	var both sync.WaitGroup
	for _, scenario := range []string{"silent", "silent_early"} {
		both.Go(func() {
			a := r.ask(ctx, question("offline:"+scenario))
			if assert.Error(t, a.err) {
				assert.Equal(t, conversation.Timeout, conversation.AsError(a.err).Kind)
			}
		})
	}
	both.Wait()
	assert.Len(t, r.model.Requests(), 2)
	require.NoError(t, r.model.WaitIdle(ctx), "the requests upstream ended as well")
}

func TestNobodyIsSignedIn(t *testing.T) {
	claudetest.Each(t, func(t *testing.T, cli string) {
		r := newRig(t, cli, func(c *claude.Config) { c.Env = append(c.Env, "CLAUDE_CODE_OAUTH_TOKEN=") })
		a := r.ask(deadline(t), question("offline:echo(hello)"))
		require.Error(t, a.err)
		err := conversation.AsError(a.err)
		assert.Equal(t, conversation.SignInNeeded, err.Kind, err.Message)
		assert.Contains(t, err.Hint, "claude auth login")
		assert.Equal(t, conversation.SignedOut, r.Status().SignIn)
		assert.Empty(t, r.model.Requests())
	})
}
