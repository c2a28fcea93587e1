package anthropic

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

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/tools/txtar"

	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/openai"
	"claude-max-api-proxy/proxy/sse"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const goldenID = "msg_golden"

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
					s.expect(t, "error.json", errorFile(t, err))
				} else {
					s.expect(t, "conversation.json", indent(t, conversationFile(r)))
				}
			}
			if lines, ok := s.file("events.jsonl"); ok {
				events := readEvents(t, lines)
				var stream [][]byte
				for _, e := range encode(t, r, events) {
					stream = append(stream, openai.Marshal(map[string]any{"event": e.Name, "data": json.RawMessage(e.Data)}))
				}
				s.expect(t, "stream.jsonl", bytes.Join(stream, []byte("\n")))
				body, err := Fold(all(events), goldenID, r)
				if err != nil {
					s.expect(t, "body.json", errorFile(t, err))
				} else {
					s.expect(t, "body.json", indent(t, json.RawMessage(body)))
				}
			}
			if *update {
				require.NoError(t, os.WriteFile(s.path, txtar.Format(s.Archive), 0o644))
			}
		})
	}
}

func errorFile(t testing.TB, err *conversation.Error) []byte {
	status, body := ErrorBody(err, "req_golden")
	return indent(t, map[string]any{"status": status, "body": json.RawMessage(body)})
}

// encode gives the events of a stream.
func encode(t testing.TB, r *Request, events []step) (stream []sse.Event) {
	encoder := NewEncoder(goldenID, r)
	for _, s := range events {
		switch {
		case s.silence:
			stream = append(stream, encoder.KeepAlive()...)
		case s.err != nil:
			return append(stream, encoder.Error(s.err)...)
		default:
			stream = append(stream, encoder.Event(s.event)...)
		}
	}
	if !encoder.Finished() {
		return append(stream, encoder.Error(conversation.Incomplete())...)
	}
	return stream
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

func readEvents(t testing.TB, lines []byte) []step {
	var steps []step
	for scanner := bufio.NewScanner(bytes.NewReader(lines)); scanner.Scan(); {
		var line struct {
			Started, Text, Thinking, Failure string
			Thought                          *conversation.Thinking
			Redacted                         string
			Call                             *conversation.ToolCall
			Arguments                        string
			Done                             conversation.StopReason
			StopSequence                     string
			Usage                            conversation.Usage
			Error                            *conversation.Error
			Silence                          bool
		}
		require.NoError(t, json.Unmarshal(scanner.Bytes(), &line))
		add := func(e conversation.Event) { steps = append(steps, step{event: e}) }
		switch {
		case line.Silence:
			steps = append(steps, step{silence: true})
		case line.Error != nil:
			steps = append(steps, step{err: line.Error})
		case line.Failure != "":
			steps = append(steps, step{err: errors.New(line.Failure)})
		case line.Started != "":
			add(conversation.Started{Model: line.Started, Usage: line.Usage})
		case line.Call != nil:
			add(*line.Call)
		case line.Arguments != "":
			add(conversation.ToolArguments{JSON: line.Arguments})
		case line.Text != "":
			add(conversation.TextDelta{Text: line.Text})
		case line.Thinking != "":
			add(conversation.ThinkingDelta{Text: line.Thinking})
		case line.Thought != nil:
			add(conversation.Thought{Block: *line.Thought})
		case line.Redacted != "":
			add(conversation.Thought{Block: conversation.RedactedThinking{Data: line.Redacted}})
		default:
			add(conversation.Done{Reason: line.Done, Usage: line.Usage, StopSequence: line.StopSequence})
		}
	}
	return steps
}

func conversationFile(r *Request) any {
	return struct {
		Model        string               `json:"model"`
		Stream       bool                 `json:"stream"`
		Ignored      []string             `json:"ignored"`
		Conversation conversation.Request `json:"conversation"`
	}{r.Model, r.Stream, r.Ignored, r.Conversation()}
}

func indent(t testing.TB, v any) []byte {
	var out bytes.Buffer
	require.NoError(t, json.Indent(&out, openai.Marshal(v), "", "  "))
	return out.Bytes()
}
