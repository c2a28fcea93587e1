package offline_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/proxy/offline"
)

// deltaOf says which deltas each content block may hold.
var deltaOf = map[string][]string{
	"text":     {"text_delta"},
	"thinking": {"thinking_delta", "signature_delta"},
	"tool_use": {"input_json_delta"},
}

// checkGrammar checks a complete stream against the order that
// https://docs.anthropic.com/en/docs/build-with-claude/streaming promises.
func checkGrammar(events []event) error {
	if len(events) < 3 || events[0].name != "message_start" {
		return fmt.Errorf("the stream has to begin with message_start and hold three events: %v", events)
	}
	open, index, ended := "", 0.0, false
	for i, e := range events {
		if e.name != e.data["type"] {
			return fmt.Errorf("event %q carries data of type %q", e.name, e.data["type"])
		}
		if ended && e.name != "message_stop" {
			return fmt.Errorf("%s follows message_delta", e.name)
		}
		switch e.name {
		case "ping":
		case "message_start":
			if i > 0 {
				return fmt.Errorf("a second message_start")
			}
		case "content_block_start":
			if open != "" || e.data["index"] != index {
				return fmt.Errorf("block %v begins, %q is open and %v is next", e.data["index"], open, index)
			}
			open = e.at("content_block", "type").(string)
		case "content_block_delta":
			if e.data["index"] != index || !contains(deltaOf[open], e.at("delta", "type")) {
				return fmt.Errorf("a %v in a block of type %q", e.at("delta", "type"), open)
			}
		case "content_block_stop":
			if open == "" || e.data["index"] != index {
				return fmt.Errorf("block %v ends, %q is open", e.data["index"], open)
			}
			open = ""
			index++
		case "message_delta":
			if open != "" || e.at("delta", "stop_reason") == nil || e.at("usage", "output_tokens") == nil {
				return fmt.Errorf("message_delta with %q open: %v", open, e.data)
			}
			ended = true
		case "message_stop":
			if !ended || i != len(events)-1 {
				return fmt.Errorf("message_stop at %d of %d", i, len(events))
			}
		default:
			return fmt.Errorf("an unknown event %q", e.name)
		}
	}
	if events[len(events)-1].name != "message_stop" {
		return fmt.Errorf("the stream ends with %s", events[len(events)-1].name)
	}
	return nil
}

func contains(all []string, one any) bool {
	for _, s := range all {
		if s == one {
			return true
		}
	}
	return false
}

// outcomes says how each scenario ends: a stop reason, an HTTP status, or the
// way in which the connection breaks.
var outcomes = map[string]struct {
	stop   string
	status int
	broken bool
	hangs  bool
}{
	"echo": {stop: "end_turn"}, "thinking": {stop: "end_turn"}, "slow": {stop: "end_turn"},
	"long": {stop: "end_turn"}, "utf8": {stop: "end_turn"}, "empty": {stop: "end_turn"},
	"max_tokens": {stop: "max_tokens"}, "refusal": {stop: "refusal"},
	"tool": {stop: "tool_use"}, "tools": {stop: "tool_use"}, "usage": {stop: "end_turn"},

	"unauthorized": {status: 401}, "forbidden": {status: 403}, "revoked": {status: 403},
	"not_found": {status: 404}, "too_long": {status: 400}, "invalid": {status: 400},
	"too_large": {status: 413}, "rate_limited": {status: 429}, "usage_limit": {status: 429},
	"usage_warning": {stop: "end_turn"}, "usage_allowed": {stop: "end_turn"},
	"extra_usage": {status: 400}, "billing": {status: 400}, "overloaded": {status: 529},
	"server_error": {status: 500},

	"cut": {broken: true}, "cut_early": {broken: true}, "error_event": {broken: true}, "error_event_early": {broken: true},
	"restart": {broken: true}, "silent": {hangs: true}, "silent_early": {hangs: true},
}

func TestEveryScenarioSpeaksTheWireFormat(t *testing.T) {
	s := start(t, nil)
	for _, scenario := range offline.Scenarios() {
		t.Run(scenario.Name, func(t *testing.T) {
			want, known := outcomes[scenario.Name]
			require.True(t, known, "a scenario without an expected outcome")
			if want.broken || want.hangs {
				t.Skip("tested one by one")
			}
			word := "offline:" + scenario.Name
			if scenario.Name == "slow" {
				word += "(2)"
			}
			res := ask(t, s, "Please "+word)
			require.NotEmpty(t, res.Header.Get("Request-Id"))
			if want.status != 0 {
				require.Equal(t, want.status, res.StatusCode)
				require.NotEmpty(t, readError(t, res).Error.Message)
				return
			}
			require.Equal(t, 200, res.StatusCode)
			require.Contains(t, res.Header.Get("Content-Type"), "text/event-stream")
			events := readEvents(t, res)
			require.NoError(t, checkGrammar(events))
			assert.Equal(t, want.stop, last(events, "message_delta").at("delta", "stop_reason"))
		})
	}
}

func TestEveryScenarioIsDescribed(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range offline.Scenarios() {
		assert.NotEmpty(t, s.About, s.Name)
		assert.NotContains(t, s.About, "\n", s.Name)
		assert.False(t, seen[s.Name], "%s is there twice", s.Name)
		seen[s.Name] = true
	}
	assert.Len(t, outcomes, len(seen))
	assert.Equal(t, "offline:echo(TEXT)", offline.Scenarios()[0].Directive())
}
