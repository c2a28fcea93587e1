package claude

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/proxy/claude/claudetest"
	"claude-max-api-proxy/proxy/claude/streamjson"
	"claude-max-api-proxy/proxy/conversation"
)

// event is what the CLI prints about usage.
func event(t *testing.T, info string) streamjson.RateLimit {
	t.Helper()
	m, err := streamjson.Parse([]byte(`{"type":"rate_limit_event","rate_limit_info":` + info + `}`))
	require.NoError(t, err)
	limit, ok := m.(streamjson.RateLimit)
	require.True(t, ok, "%T", m)
	return limit
}

func used(f float64) *float64 { return &f }

func TestUsageWindowsAreWhatTheCLIToldLast(t *testing.T) {
	reset := time.Unix(1795346720, 0)
	changes := 0
	d := &Driver{config: Config{Changed: func() { changes++ }}}
	for _, c := range []struct {
		name, info string
		want       []conversation.Window
	}{
		{
			"an older CLI",
			`{"status":"allowed_warning","resetsAt":1795346720,"rateLimitType":"five_hour","utilization":0.91}`,
			[]conversation.Window{{Name: "5-hour", Used: used(0.91), ResetsAt: reset}},
		},
		{
			"used up",
			`{"status":"rejected","resetsAt":1795346720,"rateLimitType":"five_hour","utilization":1}`,
			[]conversation.Window{{Name: "5-hour", Used: used(1), ResetsAt: reset, Reached: true}},
		},
		{
			"used up, and extra usage goes on",
			`{"status":"rejected","isUsingOverage":true,"resetsAt":1795346720,"rateLimitType":"five_hour","unifiedWindows":{"five_hour":{"utilization":1,"resetsAt":1795346720,"status":"rejected"}}}`,
			[]conversation.Window{{Name: "5-hour", Used: used(1), ResetsAt: reset}},
		},
		{
			"used up",
			`{"status":"rejected","resetsAt":1795346720,"rateLimitType":"five_hour","utilization":1}`,
			[]conversation.Window{{Name: "5-hour", Used: used(1), ResetsAt: reset, Reached: true}},
		},
		{
			"a plain limit on the rate of requests is no window",
			`{"status":"rejected"}`,
			[]conversation.Window{{Name: "5-hour", Used: used(1), ResetsAt: reset, Reached: true}},
		},
		{
			"the next window has begun, and nobody said how far it is used",
			`{"status":"allowed","resetsAt":1795364720,"rateLimitType":"five_hour"}`,
			[]conversation.Window{{Name: "5-hour", ResetsAt: reset.Add(5 * time.Hour)}},
		},
		{
			"a newer CLI tells of both",
			`{"status":"allowed","resetsAt":1795364720,"rateLimitType":"five_hour","unifiedWindows":{"five_hour":{"utilization":0.1,"resetsAt":1795364720},"seven_day":{"utilization":0.5,"resetsAt":1795864720,"status":"allowed"}}}`,
			[]conversation.Window{{Name: "5-hour", Used: used(0.1), ResetsAt: reset.Add(5 * time.Hour)}, {Name: "7-day", Used: used(0.5), ResetsAt: time.Unix(1795864720, 0)}},
		},
		{
			"windows of a shape that has come since, and one for a model",
			`{"status":"rejected","rateLimitType":"seven_day_opus","unifiedWindows":["five_hour"]}`,
			[]conversation.Window{{Name: "5-hour", Used: used(0.1), ResetsAt: reset.Add(5 * time.Hour)}, {Name: "7-day", Used: used(0.5), ResetsAt: time.Unix(1795864720, 0)}, {Name: "7-day opus", Reached: true}},
		},
	} {
		d.limited(event(t, c.info))
		assert.Equal(t, c.want, d.windows.list(reset.Add(-time.Hour)), c.name)
	}
	assert.Equal(t, 8, changes)
	d.windows.note("five_hour", nil, 0, true)
	assert.True(t, d.windows.passed("claude-haiku-4-5", nil), "an answer says that no limit holds")
	assert.True(t, d.windows["seven_day_opus"].Reached, "but for those of another model")
	assert.True(t, d.windows.passed("claude-opus-4-8", nil))
	assert.False(t, d.windows.passed("claude-opus-4-8", nil))
	for _, w := range d.windows.list(reset.Add(-time.Hour)) {
		assert.False(t, w.Reached)
	}
}

// Somebody may have signed in with another account. Nobody knows its windows before it has answered, and
// a request that was sent with the former one tells nothing of them.
func TestUsageWindowsAreForgottenWithTheLogin(t *testing.T) {
	var changes atomic.Int64
	h := hold(t, claudetest.Requested)
	script := func(e claudetest.Event) claudetest.Action {
		h.script(e)
		lines := append([]string{`{"type":"rate_limit_event","rate_limit_info":{"status":"allowed_warning","rateLimitType":"seven_day","utilization":0.9}}`}, claudetest.Answer("hello")...)
		return do(claudetest.Requested, claudetest.Say, lines...)(e)
	}
	s := newStage(t, script, func(c *Config) { c.Changed = func() { changes.Add(1) } }).learned()
	s.awaitSignIn(conversation.SignedIn)
	s.limited(streamjson.RateLimit{Status: "rejected", RateLimitType: "five_hour", ResetsAt: time.Now().Add(time.Hour).Unix()})
	s.limited(streamjson.RateLimit{Status: "rejected", RateLimitType: "seven_day_fable", ResetsAt: time.Now().Add(time.Hour).Unix()})
	s.Recheck(s.deadline())
	require.Len(t, s.Status().Windows, 2, "a look is no new login")

	answer := make(chan told, 1)
	go func() { answer <- s.ask(s.deadline(), says("hello")) }()
	h.wait(t)
	before := changes.Load()
	s.LoginChanged(s.deadline())
	assert.Empty(t, s.Status().Windows)
	assert.Greater(t, changes.Load(), before, "the app is told of it")
	h.release()
	require.Nil(t, (<-answer).err)
	assert.Empty(t, s.Status().Windows)

	go func() { answer <- s.ask(s.deadline(), says("hello")) }()
	h.wait(t)
	h.release()
	require.Nil(t, (<-answer).err)
	assert.Equal(t, []conversation.Window{{Name: "7-day", Used: used(0.9)}}, s.Status().Windows)
}

func TestAWindowThatIsOverIsNotReachedAnyMore(t *testing.T) {
	now := time.Unix(1795346720, 0)
	ws := windows{}
	ws.note("five_hour", used(1), now.Unix()+20, true)
	assert.True(t, ws.list(now)[0].Reached)
	assert.Equal(t, []conversation.Window{{Name: "5-hour"}}, ws.list(now.Add(20*time.Second)))
}

// Not everything that a window is called after is a model.
func TestAnAnswerEndsTheLimitsThatAreNotOfOtherModels(t *testing.T) {
	listed := []listedModel{{Value: "fable", ResolvedModel: "claude-fable-5"}}
	ws := windows{}
	for _, kind := range []string{"seven_day_overage_included", "seven_day_oauth_apps", "seven_day_fable", "seven_day_sonnet"} {
		ws.note(kind, nil, 0, true)
	}
	assert.True(t, ws.passed("claude-opus-4-8", listed))
	for kind, w := range ws {
		assert.Equal(t, kind == "seven_day_fable" || kind == "seven_day_sonnet", w.Reached, kind)
	}
}
