package chat

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/proxy/codectest"
	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/openai/openaitest"
	"claude-max-api-proxy/proxy/sse"
	"claude-max-api-proxy/proxy/wire"
)

const goldenID = "chatcmpl-golden"

var goldenTime = time.Unix(1767225600, 0)

func TestScenarios(t *testing.T) {
	codectest.Run(t, "testdata", func(t *testing.T, s *codectest.Scenario) {
		r := &Request{Model: "claude-opus-4"}
		if body, ok := s.File("request.json"); ok {
			var err *conversation.Error
			if r, err = Decode(body); err != nil {
				s.Expect(t, "error.json", codectest.Indent(t, codectest.Failure(Names.ErrorBody(err))))
			} else {
				s.Expect(t, "conversation.json", codectest.Indent(t, conversationFile(r)))
			}
		}
		if lines, ok := s.File("events.jsonl"); ok {
			events := enforced(r, codectest.ReadEvents(t, lines))
			s.Expect(t, "stream.jsonl", bytes.Join(encode(t, r, events), []byte("\n")))
			body, err := Fold(codectest.Events(events), goldenID, r, goldenTime)
			if err != nil {
				body = wire.Marshal(codectest.Failure(Names.ErrorBody(err)))
			} else {
				openaitest.Validate(t, "CreateChatCompletionResponse", body)
			}
			s.Expect(t, "body.json", codectest.Indent(t, json.RawMessage(body)))
		}
	})
}

// encode gives the chunks of a stream, each checked against OpenAI's schema.
func encode(t testing.TB, r *Request, events []step) [][]byte {
	encoder := NewEncoder(goldenID, r, goldenTime)
	var chunks [][]byte
	add := func(events []sse.Event) {
		for _, e := range events {
			require.Empty(t, e.Name)
			chunks = append(chunks, e.Data)
		}
	}
	for _, s := range events {
		switch {
		case s.Silence:
			add(encoder.KeepAlive())
		case s.Err != nil:
			add(encoder.Error(s.Err))
			openaitest.Validate(t, "ErrorResponse", chunks[len(chunks)-1])
			return chunks
		default:
			add(encoder.Event(s.Event))
		}
	}
	if !encoder.Finished() {
		add(encoder.Error(conversation.Incomplete()))
		return chunks
	}
	last := len(chunks) - 1
	require.Equal(t, string(sse.Done.Data), string(chunks[last]))
	chunks = chunks[:last]
	for _, c := range chunks {
		openaitest.Validate(t, "CreateChatCompletionStreamResponse", c)
	}
	return chunks
}

// step is a piece of an answer.
type step = codectest.Step

// enforced is what is left of an answer's steps under the request's response_format.
func enforced(r *Request, steps []step) []step {
	if r.format == nil {
		return steps
	}
	return codectest.Steps(r.Enforce(codectest.Events(steps)))
}

func conversationFile(r *Request) any {
	return struct {
		Model        string               `json:"model"`
		Stream       bool                 `json:"stream"`
		IncludeUsage bool                 `json:"include_usage"`
		Ignored      []string             `json:"ignored"`
		Conversation conversation.Request `json:"conversation"`
	}{r.Model, r.Stream, r.IncludeUsage, r.Ignored, r.Conversation()}
}
