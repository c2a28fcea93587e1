package streamjson_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/proxy/claude/streamjson"
)

// recordedLines are lines that the real CLI printed; package claude records them.
func recordedLines(t testing.TB) [][]byte {
	files, err := filepath.Glob("testdata/turns/*/*.jsonl")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	var out [][]byte
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		for line := range bytes.Lines(text) {
			out = append(out, bytes.TrimSpace(line))
		}
	}
	return out
}

func TestRecordedLinesAreAllUnderstood(t *testing.T) {
	kinds := map[string]int{}
	for _, line := range recordedLines(t) {
		m, err := streamjson.Parse(line)
		require.NoError(t, err, "%s", line)
		switch m := m.(type) {
		case streamjson.Init:
			kinds["init"]++
			assert.NotEmpty(t, m.Model)
		case streamjson.Requesting:
			kinds["requesting"]++
		case streamjson.StreamEvent:
			kinds["event"]++
			assert.NotEmpty(t, m.Type)
		case streamjson.APIError:
			kinds["error"]++
		case streamjson.APIRetry:
			kinds["retry"]++
			assert.NotEmpty(t, m.Code)
			assert.Positive(t, m.DelayMS)
		case streamjson.Result:
			kinds["result"]++
		case streamjson.RateLimit:
			kinds["limit"]++
			assert.NotEmpty(t, m.Status)
		case streamjson.Other:
			kinds["other"]++
			assert.NotContains(t, []string{"result", "stream_event", "control_request", "control_response", ""}, m.Type)
		}
	}
	for _, kind := range []string{"init", "requesting", "event", "error", "retry", "result", "limit", "other"} {
		assert.Positive(t, kinds[kind], kind)
	}
}

func TestParse(t *testing.T) {
	for line, want := range map[string]streamjson.Message{
		`{"type":"system","subtype":"status","status":"requesting"}`:                                    streamjson.Requesting{},
		`{"type":"system","subtype":"status","status":"compacting"}`:                                    streamjson.Other{Type: "system"},
		`{"status":{"new":"form"},"type":"system","subtype":"status"}`:                                  streamjson.Other{Type: "system"},
		`{"type":"novelty","subtype":7,"status":[],"request_id":1,"event":"x","error":{},"response":1}`: streamjson.Other{Type: "novelty"},
		`{}`:                                streamjson.Other{},
		`{"type":"assistant","message":{}}`: streamjson.Other{Type: "assistant"},
		`{"type":"assistant","error":null}`: streamjson.Other{Type: "assistant"},
		`{"type":"assistant","error":"rate_limit"}`:                                                                     streamjson.APIError{Code: "rate_limit"},
		`{"request":{"subtype":"mcp_message","x":1},"request_id":"r","type":"control_request"}`:                         streamjson.ControlRequest{RequestID: "r", Subtype: "mcp_message"},
		`{"type":"rate_limit_event","rate_limit_info":{"status":"rejected","resetsAt":17,"rateLimitType":"five_hour"}}`: streamjson.RateLimit{Status: "rejected", ResetsAt: 17, RateLimitType: "five_hour"},
		`{"type":"rate_limit_event","rate_limit_info":{"status":3}}`:                                                    streamjson.Other{Type: "rate_limit_event"},
		`{"type":"stream_event","event":{"type":"novelty","message":"text"}}`:                                           streamjson.StreamEvent{Type: "novelty"},
		`{"type":"system","subtype":"api_retry","retry_delay_ms":614.5,"error_status":null,"error":"unknown"}`:          streamjson.APIRetry{DelayMS: 614.5, Code: "unknown"},
		`{"type":"result","is_error":true,"api_error_status":null,"result":null,"num_turns":1}`:                         streamjson.Result{IsError: true, NumTurns: 1},
	} {
		got, err := streamjson.Parse([]byte(line))
		require.NoError(t, err, line)
		assert.Equal(t, want, got, line)
	}
}

func TestParseRefusesWhatWouldLookLikeAnAnswer(t *testing.T) {
	for _, line := range []string{
		``, `x`, `[]`, `"result"`, `{"type":7}`, `{"type":"result"`, `{"type":"result"} {}`,
		`{"type":"stream_event"}`, `{"type":"stream_event","event":{"type":"message_delta","delta":"x"}}`,
		`{"type":"control_response"}`, `{"type":"control_response","response":[]}`,
		`{"type":"control_request","request_id":"r"}`, `{"type":"control_request","request":{"subtype":"x"}}`,
		`{"type":"result","is_error":"yes"}`,
	} {
		_, err := streamjson.Parse([]byte(line))
		assert.Error(t, err, line)
	}
}

func FuzzParse(f *testing.F) {
	seen := map[string]bool{}
	for _, line := range recordedLines(f) {
		if m, err := streamjson.Parse(line); err == nil {
			if e, ok := m.(streamjson.StreamEvent); !ok || !seen[e.Type] {
				seen[e.Type] = true
				f.Add(line)
			}
		}
	}
	f.Add([]byte(`{"type":"control_request","request_id":"r","request":{"subtype":"mcp_message"}}`))
	f.Add([]byte(strings.Repeat(`{"type":`, 1000)))
	f.Fuzz(func(t *testing.T, line []byte) {
		m, err := streamjson.Parse(line)
		if (m == nil) == (err == nil) {
			t.Fatalf("message %v and error %v", m, err)
		}
	})
}
