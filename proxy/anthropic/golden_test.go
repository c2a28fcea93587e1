package anthropic

import (
	"bytes"
	"encoding/json"
	"testing"

	"claude-max-api-proxy/proxy/codectest"
	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/sse"
	"claude-max-api-proxy/proxy/wire"
)

const goldenID = "msg_golden"

func TestScenarios(t *testing.T) {
	codectest.Run(t, "testdata", func(t *testing.T, s *codectest.Scenario) {
		r := &Request{Model: "claude-opus-4"}
		if body, ok := s.File("request.json"); ok {
			var err *conversation.Error
			if r, err = Decode(body); err != nil {
				s.Expect(t, "error.json", errorFile(t, err))
			} else {
				s.Expect(t, "conversation.json", codectest.Indent(t, conversationFile(r)))
			}
		}
		if lines, ok := s.File("events.jsonl"); ok {
			events := codectest.ReadEvents(t, lines)
			var stream [][]byte
			for _, e := range encode(t, r, events) {
				stream = append(stream, wire.Marshal(map[string]any{"event": e.Name, "data": json.RawMessage(e.Data)}))
			}
			s.Expect(t, "stream.jsonl", bytes.Join(stream, []byte("\n")))
			body, err := Fold(codectest.Events(events), goldenID, r)
			if err != nil {
				s.Expect(t, "body.json", errorFile(t, err))
			} else {
				s.Expect(t, "body.json", codectest.Indent(t, json.RawMessage(body)))
			}
		}
	})
}

func errorFile(t testing.TB, err *conversation.Error) []byte {
	return codectest.Indent(t, codectest.Failure(ErrorBody(err, "req_golden")))
}

// encode gives the events of a stream.
func encode(t testing.TB, r *Request, events []step) (stream []sse.Event) {
	encoder := NewEncoder(goldenID, r)
	for _, s := range events {
		switch {
		case s.Silence:
			stream = append(stream, encoder.KeepAlive()...)
		case s.Err != nil:
			return append(stream, encoder.Error(s.Err)...)
		default:
			stream = append(stream, encoder.Event(s.Event)...)
		}
	}
	if !encoder.Finished() {
		return append(stream, encoder.Error(conversation.Incomplete())...)
	}
	return stream
}

// step is a piece of an answer.
type step = codectest.Step

func conversationFile(r *Request) any {
	return struct {
		Model        string               `json:"model"`
		Stream       bool                 `json:"stream"`
		Ignored      []string             `json:"ignored"`
		Conversation conversation.Request `json:"conversation"`
	}{r.Model, r.Stream, r.Ignored, r.Conversation()}
}
