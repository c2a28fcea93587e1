package claudetest

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Requesting is the line that says that the CLI asks upstream now.
const Requesting = `{"status":"requesting","subtype":"status","type":"system"}`

// Success is the answer to a control request of ours; body is a JSON object.
func Success(requestID, body string) string {
	return fmt.Sprintf(`{"type":"control_response","response":{"subtype":"success","request_id":%q,"response":%s}}`, requestID, body)
}

// Answer is what the CLI prints for an answer of these words, from message_start to
// the result.
func Answer(text string) []string {
	lines := []string{
		StreamEvent(`{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"stand-in-opus","content":[],"usage":{"input_tokens":3,"output_tokens":1}}}`),
		StreamEvent(`{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}`),
	}
	for _, word := range strings.SplitAfter(text, " ") {
		lines = append(lines, TextDelta(word))
	}
	return append(lines,
		StreamEvent(`{"type":"content_block_stop","index":0}`),
		MessageDelta("end_turn", 5),
		StreamEvent(`{"type":"message_stop"}`),
		`{"type":"rate_limit_event","rate_limit_info":{"isUsingOverage":false,"status":"allowed"}}`,
		fmt.Sprintf(`{"api_error_status":null,"is_error":false,"num_turns":1,"result":%s,"stop_reason":"end_turn","subtype":"success","type":"result"}`, quote(text)),
	)
}

// StreamEvent wraps an event of the Messages API as the CLI prints it.
func StreamEvent(event string) string {
	return `{"event":` + event + `,"parent_tool_use_id":null,"session_id":"s","type":"stream_event"}`
}

// TextDelta is a piece of an answer.
func TextDelta(text string) string {
	return StreamEvent(`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":` + quote(text) + `}}`)
}

// MessageDelta ends a message for a reason.
func MessageDelta(reason string, outputTokens int) string {
	return StreamEvent(fmt.Sprintf(`{"type":"message_delta","delta":{"stop_reason":%q,"stop_sequence":null},"usage":{"output_tokens":%d}}`, reason, outputTokens))
}

// quote gives JSON; %q would not for all texts.
func quote(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err) // a string can always be encoded
	}
	return string(b)
}

// Calls is what the CLI prints for an answer that calls the tool "ask" once for each id,
// up to the requests for their results.
func Calls(ids ...string) []string {
	lines := []string{
		StreamEvent(`{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"stand-in-opus","content":[],"usage":{"input_tokens":3,"output_tokens":1}}}`),
	}
	for i, id := range ids {
		lines = append(lines,
			StreamEvent(fmt.Sprintf(`{"type":"content_block_start","index":%d,"content_block":{"type":"tool_use","id":%q,"name":"ask","input":{}}}`, i, id)),
			StreamEvent(fmt.Sprintf(`{"type":"content_block_stop","index":%d}`, i)))
	}
	lines = append(lines, MessageDelta("tool_use", 5), StreamEvent(`{"type":"message_stop"}`))
	for i, id := range ids {
		lines = append(lines, fmt.Sprintf(`{"type":"control_request","request_id":"own-%s","request":{"subtype":"mcp_message","server_name":"c","message":`+
			`{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"ask","arguments":{},"_meta":{"claudecode/toolUseId":%q}}}}}`, id, i, id))
	}
	return lines
}

// Taken is the line that says that the CLI has the result of a call.
func Taken(id string) string {
	return fmt.Sprintf(`{"type":"user","message":{"role":"user","content":[{"type":"tool_result","tool_use_id":%q,"content":[]}]}}`, id)
}
