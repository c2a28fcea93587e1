package chat

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/tools/txtar"

	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/openai"
	"claude-max-api-proxy/proxy/openai/openaitest"
	"claude-max-api-proxy/proxy/sse"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const goldenID = "chatcmpl-golden"

var goldenTime = time.Unix(1767225600, 0)

// scenario is one file of testdata: a request, or the events of an answer, or
// both; and what they are turned into, which -update rewrites.
type scenario struct {
	path string
	*txtar.Archive
}

func scenarios(t testing.TB) map[string]scenario {
	paths, err := filepath.Glob("testdata/*.txtar")
	require.NoError(t, err)
	require.NotEmpty(t, paths)
	all := map[string]scenario{}
	for _, path := range paths {
		archive, err := txtar.ParseFile(path)
		require.NoError(t, err)
		all[strings.TrimSuffix(filepath.Base(path), ".txtar")] = scenario{path, archive}
	}
	return all
}

func (s scenario) file(name string) ([]byte, bool) {
	for _, f := range s.Files {
		if f.Name == name {
			return f.Data, true
		}
	}
	return nil, false
}

// expect compares with the golden file, or makes it.
func (s scenario) expect(t *testing.T, name string, got []byte) {
	t.Helper()
	got = append(bytes.TrimRight(got, "\n"), '\n')
	if *update {
		for i, f := range s.Files {
			if f.Name == name {
				s.Files[i].Data = got
				return
			}
		}
		s.Files = append(s.Files, txtar.File{Name: name, Data: got})
		return
	}
	want, ok := s.file(name)
	require.True(t, ok, "%s has no %s; run the test with -update", s.path, name)
	assert.Equal(t, string(want), string(got))
}

func TestScenarios(t *testing.T) {
	for name, s := range scenarios(t) {
		t.Run(name, func(t *testing.T) {
			r := &Request{Model: "claude-opus-4"}
			if body, ok := s.file("request.json"); ok {
				var err *conversation.Error
				if r, err = Decode(body); err != nil {
					status, body := Names.ErrorBody(err)
					s.expect(t, "error.json", indent(t, map[string]any{"status": status, "body": json.RawMessage(body)}))
				} else {
					s.expect(t, "conversation.json", indent(t, conversationFile(r)))
				}
			}
			if lines, ok := s.file("events.jsonl"); ok {
				events := enforced(r, readEvents(t, lines))
				s.expect(t, "stream.jsonl", bytes.Join(encode(t, r, events), []byte("\n")))
				body, err := Fold(all(events), goldenID, r, goldenTime)
				if err != nil {
					status, errorBody := Names.ErrorBody(err)
					body = openai.Marshal(map[string]any{"status": status, "body": json.RawMessage(errorBody)})
				} else {
					openaitest.Validate(t, "CreateChatCompletionResponse", body)
				}
				s.expect(t, "body.json", indent(t, json.RawMessage(body)))
			}
			if *update {
				require.NoError(t, os.WriteFile(s.path, txtar.Format(s.Archive), 0o644))
			}
		})
	}
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
		case s.silence:
			add(encoder.KeepAlive())
		case s.err != nil:
			add(encoder.Error(s.err))
			openaitest.Validate(t, "ErrorResponse", chunks[len(chunks)-1])
			return chunks
		default:
			add(encoder.Event(s.event))
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

// step is a line of events.jsonl: an event, an error or a silence.
type step struct {
	event   conversation.Event
	err     error
	silence bool
}

func all(steps []step) iter.Seq2[conversation.Event, error] {
	return func(yield func(conversation.Event, error) bool) {
		for _, s := range steps {
			if !s.silence && !yield(s.event, s.err) {
				return
			}
		}
	}
}

// enforced is what is left of an answer's steps under the request's response_format.
func enforced(r *Request, steps []step) (out []step) {
	if r.format == nil {
		return steps
	}
	for event, err := range r.Enforce(all(steps)) {
		out = append(out, step{event: event, err: err})
	}
	return out
}

func readEvents(t testing.TB, lines []byte) []step {
	var steps []step
	for scanner := bufio.NewScanner(bytes.NewReader(lines)); scanner.Scan(); {
		var line struct {
			Started, Text, Thinking, Failure string
			Call                             *conversation.ToolCall
			Arguments                        string
			Done                             conversation.StopReason
			Usage                            conversation.Usage
			Error                            *conversation.Error
			Silence                          bool
		}
		require.NoError(t, json.Unmarshal(scanner.Bytes(), &line))
		switch {
		case line.Silence:
			steps = append(steps, step{silence: true})
		case line.Error != nil:
			steps = append(steps, step{err: line.Error})
		case line.Failure != "":
			steps = append(steps, step{err: errors.New(line.Failure)})
		case line.Started != "":
			steps = append(steps, step{event: conversation.Started{Model: line.Started}})
		case line.Call != nil:
			steps = append(steps, step{event: *line.Call})
		case line.Arguments != "":
			steps = append(steps, step{event: conversation.ToolArguments{JSON: line.Arguments}})
		case line.Text != "":
			steps = append(steps, step{event: conversation.TextDelta{Text: line.Text}})
		case line.Thinking != "":
			steps = append(steps, step{event: conversation.ThinkingDelta{Text: line.Thinking}})
		default:
			steps = append(steps, step{event: conversation.Done{Reason: line.Done, Usage: line.Usage}})
		}
	}
	return steps
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

func indent(t testing.TB, v any) []byte {
	var out bytes.Buffer
	require.NoError(t, json.Indent(&out, openai.Marshal(v), "", "  "))
	return out.Bytes()
}
