package responses

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/proxy/codectest"
	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/openai/openaitest"
	"claude-max-api-proxy/proxy/sse"
	"claude-max-api-proxy/proxy/wire"
)

// goldenEncoder has the same ids and times whenever it is made.
func goldenEncoder(r *Request) *Encoder {
	n, now := 0, time.Unix(1767225600, 0)
	ids := func(prefix string) string {
		n++
		return fmt.Sprint(prefix, "golden", n)
	}
	return newEncoder(r, ids, func() time.Time { return now })
}

func newStore() *Store { return NewStore(64 << 20) }

// remembering is a store with one response, which scenarios go on from.
func remembering(t testing.TB) *Store {
	s := newStore()
	r, err := s.Decode([]byte(`{"model":"opus","instructions":"Not carried on.","input":[{"role":"developer","content":"Be brief."},{"role":"user","content":"Hi"}]}`))
	require.Nil(t, err)
	n := 0
	e := newEncoder(r, func(prefix string) string { n++; return fmt.Sprint(prefix, "before", n) }, time.Now)
	for _, event := range []conversation.Event{
		conversation.Started{Model: "claude-opus-4-8"},
		conversation.ThinkingDelta{Text: "A greeting."},
		conversation.Thought{Block: conversation.Thinking{Text: "A greeting.", Signature: "c2ln"}},
		conversation.TextDelta{Text: "Hello."},
		conversation.Done{Reason: conversation.EndTurn},
	} {
		e.Event(event)
	}
	return s
}

func TestScenarios(t *testing.T) {
	codectest.Run(t, "testdata", func(t *testing.T, s *codectest.Scenario) {
		store := remembering(t)
		r, err := store.Decode([]byte(`{"model":"claude-opus-4","input":"Hi"}`))
		require.Nil(t, err)
		if body, ok := s.File("request.json"); ok {
			if r, err = store.Decode(body); err != nil {
				s.Expect(t, "error.json", codectest.Indent(t, codectest.Failure(Names.ErrorBody(err))))
			} else {
				s.Expect(t, "conversation.json", codectest.Indent(t, struct {
					Model        string               `json:"model"`
					Stream       bool                 `json:"stream"`
					Ignored      []string             `json:"ignored"`
					Conversation conversation.Request `json:"conversation"`
				}{r.Model, r.Stream, r.Ignored, r.Conversation()}))
			}
		}
		if lines, ok := s.File("events.jsonl"); ok {
			steps := codectest.ReadEvents(t, lines)
			if r.format != nil {
				steps = codectest.Steps(r.Enforce(codectest.Events(steps)))
			}
			var stream [][]byte
			for _, e := range encode(t, r, steps) {
				openaitest.Validate(t, openaitest.EventSchema(e.Name), e.Data)
				stream = append(stream, e.Data)
			}
			s.Expect(t, "stream.jsonl", bytes.Join(stream, []byte("\n")))
			body, failure := goldenEncoder(r).Fold(codectest.Events(steps))
			if failure != nil {
				body = wire.Marshal(codectest.Failure(Names.ErrorBody(failure)))
			} else {
				openaitest.Validate(t, "Response", body)
			}
			s.Expect(t, "body.json", codectest.Indent(t, json.RawMessage(body)))
		}
	})
}

// encode gives a stream.
func encode(t testing.TB, r *Request, steps []codectest.Step) (all []sse.Event) {
	t.Helper()
	e := goldenEncoder(r)
	failed := false
	for _, s := range steps {
		switch {
		case s.Silence:
			all = append(all, e.KeepAlive()...)
		case s.Err != nil:
			all = append(all, e.Error(s.Err)...)
			failed = true
		default:
			all = append(all, e.Event(s.Event)...)
		}
		if failed {
			break
		}
	}
	if !failed && !e.Finished() {
		all = append(all, e.Error(conversation.Incomplete())...)
	}
	for i, event := range all {
		var read struct {
			Type     string
			Sequence *int `json:"sequence_number"`
		}
		require.NoError(t, json.Unmarshal(event.Data, &read))
		require.Equal(t, event.Name, read.Type)
		require.NotNil(t, read.Sequence)
		require.Equal(t, i, *read.Sequence, "events are numbered one after the other")
	}
	return all
}
