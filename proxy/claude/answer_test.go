package claude

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/proxy/claude/claudetest"
	"claude-max-api-proxy/proxy/claude/streamjson"
	"claude-max-api-proxy/proxy/conversation"
)

// played is what an answer made of a turn's messages.
type played struct {
	started, texts, thoughts int // events
	text, thinking           string
	begun                    conversation.Usage
	done                     *conversation.Done
	verdict                  verdict
	err                      *conversation.Error
	asked                    int // requests upstream when the turn was over
	answer                   *answer
}

// play feeds messages until the answer is over, as a session does.
func play(t *testing.T, messages []streamjson.Message) (p played) {
	t.Helper()
	p.answer = &answer{}
	for _, m := range messages {
		switch m := m.(type) {
		case streamjson.Requesting, streamjson.APIRetry:
			p.asked++
		case streamjson.StreamEvent:
			if m.Type == "message_start" && p.asked == 0 {
				p.asked++
			}
		}
		event, verdict, err := p.answer.step(m)
		switch e := event.(type) {
		case conversation.Started:
			p.started++
			assert.NotEmpty(t, e.Model)
			p.begun = e.Usage
		case conversation.TextDelta:
			p.texts++
			p.text += e.Text
		case conversation.ThinkingDelta:
			p.thoughts++
			p.thinking += e.Text
		case conversation.Done:
			p.done = &e
		}
		if p.verdict, p.err = verdict, err; verdict != goOn || err != nil {
			return p
		}
	}
	require.Fail(t, "the turn does not end")
	return p
}

// TestRecordedTurns goes through everything that the real CLIs printed for the
// scenarios of package offline.
func TestRecordedTurns(t *testing.T) {
	const old, new = "2.1.197", "2.1.330"
	tests := []struct {
		scenario string
		only     string // a version; "" is all
		text     string
		thinking string
		reason   conversation.StopReason // "" for an error
		usage    conversation.Usage      // checked when not zero
		verdict  verdict
		kind     conversation.Kind
		status   int
		says     string // part of the error's message
	}{
		{scenario: "echo(hello there)", text: "hello there", reason: conversation.EndTurn, verdict: finished},
		{
			scenario: "thinking", text: "I have thought about it.", thinking: "The person wants to see some thinking. Here it is.",
			reason: conversation.EndTurn, verdict: finished,
		},
		{
			scenario: "utf8", reason: conversation.EndTurn, verdict: finished,
			text: "Grüße 👩\u200d💻 👍🏽 日本語 e\u0301 한국어 𝄞 🇩🇪 \u202eabc\u202c <&> \"\\\" \u2028end",
		},
		// The CLI would ask once more by itself.
		{scenario: "empty", reason: conversation.EndTurn, verdict: cut},
		{scenario: "max_tokens", text: "This answer stops in the ", reason: conversation.MaxTokens, verdict: cut},
		{scenario: "refusal", text: "I would rather not", reason: conversation.Refusal, verdict: cut},
		{
			scenario: "usage(10,20,30,40)", text: "The token counts are as you asked.", reason: conversation.EndTurn, verdict: finished,
			usage: conversation.Usage{InputTokens: 10, CacheCreationTokens: 20, CacheReadTokens: 30, OutputTokens: 40},
		},
		{scenario: "usage_warning", text: "This answer came with usage headers.", reason: conversation.EndTurn, verdict: finished},

		{scenario: "unauthorized", kind: conversation.SignInNeeded, status: 401},
		{scenario: "revoked", kind: conversation.SignInNeeded, status: 403},
		{scenario: "forbidden", kind: conversation.PermissionDenied, status: 403},
		{scenario: "not_found", kind: conversation.ModelNotFound, status: 404},
		{scenario: "too_long", kind: conversation.ContextLength, status: 400},
		{scenario: "invalid", kind: conversation.InvalidRequest, status: 400, says: "Input should be a valid list"},
		{scenario: "too_large", kind: conversation.TooLarge, status: 413},
		{scenario: "rate_limited", kind: conversation.RateLimited, status: 429},
		{scenario: "usage_limit", kind: conversation.UsageLimit, status: 429, says: "(5 hours)"},
		{scenario: "extra_usage", kind: conversation.ExtraUsage, status: 400, says: "Third-party apps now draw from your extra usage"},
		{scenario: "billing", kind: conversation.Billing, status: 400},
		{scenario: "overloaded", kind: conversation.Overloaded, status: 529},
		{scenario: "server_error", kind: conversation.Upstream, status: 500},

		{scenario: "cut", text: "The line breaks ", kind: conversation.Upstream},
		{scenario: "cut_early", kind: conversation.Upstream},
		{scenario: "restart", text: "First attempt ", kind: conversation.Upstream, says: "broke off"},
		{scenario: "error_event", only: old, text: "It began so well ", kind: conversation.Overloaded},
		{scenario: "error_event", only: new, text: "It began so well ", kind: conversation.Overloaded, status: 529},
		{scenario: "error_event(api_error)", text: "It began so well ", kind: conversation.Upstream},
		{scenario: "error_event(rate_limit_error)", only: old, text: "It began so well ", kind: conversation.Upstream},
		{scenario: "error_event(rate_limit_error)", only: new, text: "It began so well ", kind: conversation.RateLimited, status: 429},
	}
	covered := map[string]bool{}
	for _, tt := range tests {
		covered[tt.scenario] = true
		for _, version := range claudetest.Versions {
			if tt.only != "" && tt.only != version {
				continue
			}
			t.Run(tt.scenario+"/"+version, func(t *testing.T) {
				p := play(t, recording(t, version, tt.scenario))
				assert.Equal(t, tt.text, p.text)
				assert.Equal(t, tt.thinking, p.thinking)
				assert.True(t, p.answer.requested)
				assert.LessOrEqual(t, p.started, 1)
				if tt.reason == "" {
					require.NotNil(t, p.err)
					assert.Nil(t, p.done)
					assert.Equal(t, tt.kind, p.err.Kind, p.err.Error())
					assert.Equal(t, tt.status, p.err.Status)
					assert.Contains(t, p.err.Message, tt.says)
					assert.NotEmpty(t, p.err.Hint)
					return
				}
				require.Nil(t, p.err)
				require.NotNil(t, p.done)
				assert.Equal(t, tt.reason, p.done.Reason)
				assert.Equal(t, tt.verdict, p.verdict)
				assert.Equal(t, 1, p.asked, "the turn is over before the CLI asks again")
				if tt.usage != (conversation.Usage{}) {
					assert.Equal(t, tt.usage, p.done.Usage)
				}
			})
		}
	}
	for _, scenario := range recorded {
		assert.True(t, covered[scenario], "%s is recorded and not tested", scenario)
	}
}

func TestALongRetryIsNotWaitedFor(t *testing.T) {
	for _, version := range claudetest.Versions {
		t.Run(version, func(t *testing.T) {
			p := play(t, recording(t, version, "rate_limited"))
			require.NotNil(t, p.err)
			if version == "2.1.197" {
				// The old CLI does not tell how long.
				assert.Zero(t, p.err.RetryAfter)
				return
			}
			assert.InDelta(t, 7.5, p.err.RetryAfter.Seconds(), 1)
			assert.LessOrEqual(t, p.asked, 2)
		})
	}
}

// parsed are lines as messages.
func parsed(t *testing.T, lines ...string) []streamjson.Message {
	t.Helper()
	var out []streamjson.Message
	for _, line := range lines {
		m, err := streamjson.Parse([]byte(line))
		require.NoError(t, err)
		out = append(out, m)
	}
	return out
}

const (
	someText = `{"type":"stream_event","event":{"type":"content_block_delta","delta":{"type":"text_delta","text":"x"}}}`
	begun    = `{"type":"stream_event","event":{"type":"message_start","message":{"model":"m","usage":{"input_tokens":1}}}}`
	aRetry   = `{"type":"system","subtype":"api_retry","attempt":1,"error":"unknown","error_status":null,"retry_delay_ms":600.5}`
)

func TestARetryAfterTextIsAFailure(t *testing.T) {
	// New CLIs send the whole answer again: the client would see the text twice.
	p := play(t, parsed(t, begun, someText, aRetry))
	require.NotNil(t, p.err)
	assert.Equal(t, conversation.Upstream, p.err.Kind)
	assert.Equal(t, cut, p.verdict)
}

func TestARetryBeforeTextIsInvisible(t *testing.T) {
	lines := append([]string{claudetest.Requesting, begun, aRetry}, claudetest.Answer("hello there")...)
	p := play(t, parsed(t, lines...))
	require.Nil(t, p.err)
	assert.Equal(t, 1, p.started)
	assert.Equal(t, "hello there", p.text)
	assert.Equal(t, finished, p.verdict)
}

func TestAResultWithoutAnAnswerIsAFailure(t *testing.T) {
	result := `{"type":"result","subtype":"success","is_error":false,"num_turns":1,"result":"/help is not available"}`
	p := play(t, parsed(t, result))
	require.NotNil(t, p.err)
	assert.Equal(t, conversation.CLIFailed, p.err.Kind)

	// The message_stop that the CLI makes up for a broken stream proves nothing.
	p = play(t, parsed(t, begun, someText,
		`{"type":"stream_event","event":{"type":"message_delta","delta":{"stop_reason":null},"usage":{"output_tokens":1}}}`,
		`{"type":"stream_event","event":{"type":"message_stop"}}`, result))
	require.NotNil(t, p.err)
	assert.Nil(t, p.done)
}

func TestARefusedControlRequestIsAFailure(t *testing.T) {
	p := play(t, parsed(t, `{"type":"control_response","response":{"subtype":"error","request_id":"initialize","error":"no"}}`))
	require.NotNil(t, p.err)
	assert.Equal(t, conversation.CLIFailed, p.err.Kind)
	assert.False(t, p.answer.requested)
}

func TestAToolCallThatWasNotOffered(t *testing.T) {
	tool := `{"type":"stream_event","event":{"type":"content_block_start","content_block":{"type":"tool_use","name":"Bash"}}}`
	stop := claudetest.MessageDelta("tool_use", 3)

	p := play(t, parsed(t, begun, tool, stop))
	require.NotNil(t, p.err)
	assert.Equal(t, conversation.Upstream, p.err.Kind)
	assert.Contains(t, p.err.Message, `"Bash"`)

	p = play(t, parsed(t, begun, someText, tool, stop))
	require.Nil(t, p.err, "what the model said before is an answer")
	assert.Equal(t, conversation.EndTurn, p.done.Reason)
	assert.Equal(t, cut, p.verdict, "the CLI would answer the call by itself")
}

func TestOtherStopReasons(t *testing.T) {
	for reason, want := range map[string]struct {
		reason  conversation.StopReason
		verdict verdict
	}{
		"stop_sequence":                 {conversation.StopSequence, goOn},
		"model_context_window_exceeded": {conversation.MaxTokens, cut},
		"pause_turn":                    {"pause_turn", cut},
	} {
		var a answer
		for _, m := range parsed(t, begun, someText) {
			_, _, _ = a.step(m)
		}
		_, v, err := a.step(parsed(t, claudetest.MessageDelta(reason, 1))[0])
		require.Nil(t, err)
		assert.Equal(t, want.verdict, v, reason)
		assert.Equal(t, want.reason, a.stop)
	}
}

func TestUsageOfOldAndNewAPIs(t *testing.T) {
	// Old API versions repeat no input counts at the end of the message.
	p := play(t, parsed(t,
		`{"type":"stream_event","event":{"type":"message_start","message":{"model":"m","usage":{"input_tokens":5,"cache_read_input_tokens":7,"output_tokens":1}}}}`,
		someText, claudetest.MessageDelta("max_tokens", 9)))
	assert.Equal(t, conversation.Usage{InputTokens: 5, CacheReadTokens: 7, OutputTokens: 9}, p.done.Usage)
	assert.Equal(t, conversation.Usage{InputTokens: 5, CacheReadTokens: 7, OutputTokens: 1}, p.begun, "it is known from the start")
}

func TestTheTextThatStoppedTheAnswerIsTold(t *testing.T) {
	p := play(t, parsed(t, begun,
		`{"type":"stream_event","event":{"type":"message_delta","delta":{"stop_reason":"stop_sequence","stop_sequence":"END"},"usage":{"output_tokens":1}}}`))
	assert.Equal(t, "END", p.done.StopSequence)
}

// failed is the error of a turn in which the CLI printed these lines.
func failed(t *testing.T, lines ...string) *conversation.Error {
	t.Helper()
	p := play(t, parsed(t, lines...))
	require.NotNil(t, p.err)
	return p.err
}

func apiError(code string) string {
	return `{"type":"assistant","error":"` + code + `","message":{"model":"<synthetic>","content":[]}}`
}

func errorResult(fields string) string {
	return `{"type":"result","subtype":"success","is_error":true,"num_turns":1` + fields + `}`
}

func refusing(window string) string {
	return `{"type":"rate_limit_event","rate_limit_info":{"status":"rejected"` + window + `}}`
}

func TestALimitIsNeverCalledASignInProblem(t *testing.T) {
	reset := time.Now().Add(90 * time.Minute).Unix()
	window := func(kind string) string {
		return refusing(`,"rateLimitType":"` + kind + `","resetsAt":` + itoa(reset))
	}
	limit := errorResult(`,"api_error_status":429,"result":"You've hit your limit"`)
	tests := []struct {
		name  string
		lines []string
		kind  conversation.Kind
		after time.Duration
		says  string
	}{
		{"the five-hour window", []string{window("five_hour"), apiError("rate_limit"), limit}, conversation.UsageLimit, 90 * time.Minute, "(5 hours)"},
		{"a model's weekly window", []string{window("seven_day_opus"), apiError("rate_limit"), limit}, conversation.UsageLimit, 90 * time.Minute, "(7 days)"},
		{"a window of a new name", []string{window("monthly"), apiError("rate_limit"), limit}, conversation.UsageLimit, 90 * time.Minute, "usage limit is"},
		{"a window without a reset", []string{refusing(`,"rateLimitType":"five_hour"`), apiError("rate_limit"), limit}, conversation.UsageLimit, 0, "(5 hours)"},
		{"only new CLIs' own word for it", []string{apiError("rate_limit"), errorResult(`,"api_error_status":429,"api_error":"usage_limit_reached"`)}, conversation.UsageLimit, 0, "usage limit"},
		{
			"words about a login in a limit's text",
			[]string{window("five_hour"), apiError("rate_limit"), errorResult(`,"api_error_status":429,"result":"You've hit your limit. Please run /login to switch accounts"`)},
			conversation.UsageLimit, 90 * time.Minute, "",
		},
		{
			"a limit that extra usage would lift",
			[]string{window("five_hour"), apiError("rate_limit"), errorResult(`,"api_error_status":429,"result":"You're out of extra usage · resets 3pm"`)},
			conversation.UsageLimit, 90 * time.Minute, "",
		},
		{"a plain 429, which also says rejected", []string{refusing(``), apiError("rate_limit"), limit}, conversation.RateLimited, 0, "the plan itself is not used up"},
		{"a 429 while the window has room", []string{
			refusing(`,"rateLimitType":"five_hour","resetsAt":` + itoa(reset) + `,"unifiedWindows":{"five_hour":{"utilization":0.4,"status":"allowed"}}`), apiError("rate_limit"), limit,
		}, conversation.RateLimited, 0, "the plan itself is not used up"},
		{"a 429 while extra usage pays", []string{refusing(`,"rateLimitType":"five_hour","isUsingOverage":true`), apiError("rate_limit"), limit}, conversation.RateLimited, 0, ""},
		{"a window that had room, and a 401", []string{
			`{"type":"rate_limit_event","rate_limit_info":{"status":"allowed_warning","rateLimitType":"five_hour"}}`,
			apiError("authentication_failed"), errorResult(`,"api_error_status":401,"result":"Please run /login"`),
		}, conversation.SignInNeeded, 0, ""},
		{"a used-up window, but the login is the problem", []string{
			window("five_hour"), apiError("authentication_failed"), errorResult(`,"api_error_status":401,"result":"OAuth token has expired"`),
		}, conversation.SignInNeeded, 0, ""},
		{"no login at all", []string{apiError("authentication_failed"), errorResult(`,"api_error_status":null,"result":"Not logged in · Please run /login"`)}, conversation.SignInNeeded, 0, ""},
		{"a 401 without a code", []string{errorResult(`,"api_error_status":401`)}, conversation.SignInNeeded, 0, ""},
		{"a 403 without a code", []string{errorResult(`,"api_error_status":403`)}, conversation.PermissionDenied, 0, ""},
		{"a 429 without a code", []string{errorResult(`,"api_error_status":429`)}, conversation.RateLimited, 0, ""},
		{"credit in the text only", []string{apiError("unknown"), errorResult(`,"api_error_status":400,"result":"Your credit balance is too low"`)}, conversation.Billing, 0, ""},
		{"a code of tomorrow", []string{apiError("flux_error"), errorResult(`,"api_error_status":418`)}, conversation.InvalidRequest, 0, ""},
		{"nothing known", []string{apiError("unknown"), errorResult(``)}, conversation.Upstream, 0, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := failed(t, tt.lines...)
			assert.Equal(t, tt.kind, e.Kind, e.Message)
			assert.InDelta(t, tt.after.Seconds(), e.RetryAfter.Seconds(), 5)
			assert.Contains(t, e.Message, tt.says)
			if e.Kind == conversation.UsageLimit || e.Kind == conversation.RateLimited {
				assert.NotContains(t, strings.ToLower(e.Hint), "sign in")
			}
		})
	}
}

func TestAWindowThatResetInThePast(t *testing.T) {
	e := failed(t, refusing(`,"rateLimitType":"five_hour","resetsAt":1000`), apiError("rate_limit"), errorResult(`,"api_error_status":429`))
	assert.Equal(t, time.Second, e.RetryAfter)
}
