package claude_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/proxy/claude/claudetest"
	"claude-max-api-proxy/proxy/conversation"
)

func TestThePlansUsageIsKnownFromAnswers(t *testing.T) {
	cli := claudetest.Either(t)
	r := newRig(t, cli, nil)
	fiveHours := func() (w conversation.Window) {
		for _, w := range r.Status().Windows {
			if w.Name == "5-hour" {
				return w
			}
		}
		return w
	}
	require.NoError(t, r.ask(deadline(t), question("offline:usage_warning")).err)
	require.Eventually(t, func() bool { return fiveHours().Used != nil }, 20*time.Second, time.Millisecond,
		"the event may come after the answer")
	assert.InDelta(t, 0.91, *fiveHours().Used, 0.001)
	assert.InDelta(t, 3600, time.Until(fiveHours().ResetsAt).Seconds(), 120)
	assert.False(t, fiveHours().Reached)

	require.Error(t, r.ask(deadline(t), question("offline:usage_limit")).err)
	assert.True(t, fiveHours().Reached)

	require.NoError(t, r.ask(deadline(t), question("offline:echo(hello)")).err)
	assert.False(t, fiveHours().Reached, "an answer says that no limit holds")
}
