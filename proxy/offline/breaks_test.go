package offline_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/proxy/offline"
)

func TestCutScenarioBreaksInsideADataLine(t *testing.T) {
	s := start(t, nil)
	events, err := newEventReader(ask(t, s, "offline:cut").Body).all()
	require.ErrorIs(t, err, errBroken)
	assert.Equal(t, "The line breaks ", textOf(events))
}

func TestCutBetweenEventsBreaksTheBody(t *testing.T) {
	s := start(t, always(offline.Script(offline.Text("a"), offline.Cut())))
	events, err := newEventReader(ask(t, s, "hi").Body).all()
	require.Error(t, err)
	require.NotErrorIs(t, err, errBroken)
	assert.Equal(t, "a", textOf(events))
}

func TestCutEarlySendsNoByte(t *testing.T) {
	s := start(t, nil)
	_, err := post(testContext(t), s, question("offline:cut_early", true))
	require.ErrorContains(t, err, "EOF")
	require.NoError(t, s.WaitIdle(testContext(t)))
}

func TestErrorEventEndsTheStream(t *testing.T) {
	s := start(t, nil)
	events := readEvents(t, ask(t, s, "offline:error_event"))
	end := events[len(events)-1]
	assert.Equal(t, "error", end.name)
	assert.Equal(t, "error", end.data["type"])
	assert.Equal(t, "overloaded_error", end.at("error", "type"))
	assert.Equal(t, "It began so well ", textOf(events))
}

func TestAnEarlyErrorEventComesBeforeAnyContent(t *testing.T) {
	s := start(t, nil)
	events := readEvents(t, ask(t, s, "offline:error_event_early(overloaded_error)"))
	require.Len(t, events, 2)
	assert.Equal(t, "message_start", events[0].name)
	assert.Equal(t, "overloaded_error", events[1].at("error", "type"))
}

func TestRestartBeginsASecondMessageInTheSameStream(t *testing.T) {
	s := start(t, nil)
	events := readEvents(t, ask(t, s, "offline:restart"))
	var begins []int
	ids := map[any]bool{}
	for i, e := range events {
		if e.name == "message_start" {
			begins = append(begins, i)
			ids[e.at("message", "id")] = true
		}
	}
	require.Len(t, begins, 2)
	assert.Len(t, ids, 2)
	assert.Equal(t, "First attempt ", textOf(events[:begins[1]]))
	assert.NoError(t, checkGrammar(events[begins[1]:]))
}

func TestSilenceEndsWhenThePeerHangsUp(t *testing.T) {
	s := start(t, nil)
	res := ask(t, s, "offline:silent")
	e, err := newEventReader(res.Body).next()
	require.NoError(t, err)
	assert.Equal(t, "message_start", e.name)
	assert.Equal(t, 1, s.Active())
	require.NoError(t, res.Body.Close())
	require.NoError(t, s.WaitIdle(testContext(t)))
}

func TestHangUpBeforeTheFirstByteIsNoticed(t *testing.T) {
	s := start(t, nil)
	ctx, hangUp := context.WithCancel(testContext(t))
	answered := make(chan error, 1)
	go func() {
		_, err := post(ctx, s, question("offline:silent_early", true))
		answered <- err
	}()
	require.NoError(t, s.WaitRequests(testContext(t), 1))
	assert.Equal(t, 1, s.Active())
	hangUp()
	require.ErrorIs(t, <-answered, context.Canceled)
	require.NoError(t, s.WaitIdle(testContext(t)))
}

func TestHangUpStopsAnEndlessAnswer(t *testing.T) {
	never := make(chan struct{})
	for name, reply := range map[string]offline.Reply{
		"while it waits":  offline.Script(offline.Text("a"), offline.Wait(never)),
		"while it pauses": offline.Script(offline.Text("a"), offline.Pause(deadline*10)),
		"while it writes": offline.Text(make([]string, 1_000_000)...),
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t, always(reply))
			res := ask(t, s, "hi")
			require.NoError(t, res.Body.Close())
			require.NoError(t, s.WaitIdle(testContext(t)))
		})
	}
}

func TestRateLimitHeadersTellTheWindows(t *testing.T) {
	s := start(t, nil)
	const unified = "Anthropic-Ratelimit-Unified-"
	for name, want := range map[string]struct {
		code        int
		status      string
		utilization string
	}{
		"usage_limit":   {http.StatusTooManyRequests, "rejected", "1.0"},
		"usage_warning": {http.StatusOK, "allowed_warning", "0.91"},
		"usage_allowed": {http.StatusOK, "allowed", "0.12"},
	} {
		res := ask(t, s, "offline:"+name)
		assert.Equal(t, want.code, res.StatusCode)
		assert.Equal(t, want.status, res.Header.Get(unified+"Status"))
		assert.Equal(t, want.utilization, res.Header.Get(unified+"5h-Utilization"))
		assert.Equal(t, "five_hour", res.Header.Get(unified+"Representative-Claim"))
		reset := res.Header.Get(unified + "Reset")
		assert.Regexp(t, `^\d{10}$`, reset)
		assert.Greater(t, reset, "1700000000")
	}
	assert.Equal(t, "7", ask(t, s, "offline:rate_limited").Header.Get("Retry-After"))
}
