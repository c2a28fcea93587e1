package codectest

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"iter"
	"testing"

	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/proxy/conversation"
)

// Step is a piece of an answer: an event, an error, or a silence.
type Step struct {
	Event   conversation.Event
	Err     error
	Silence bool
}

// Events are the steps as a backend gives them.
func Events(steps []Step) iter.Seq2[conversation.Event, error] {
	return func(yield func(conversation.Event, error) bool) {
		for _, s := range steps {
			if !s.Silence && !yield(s.Event, s.Err) {
				return
			}
		}
	}
}

// Steps are a backend's events, where they went through something first.
func Steps(events iter.Seq2[conversation.Event, error]) (steps []Step) {
	for event, err := range events {
		steps = append(steps, Step{Event: event, Err: err})
	}
	return steps
}

// ReadEvents reads events.jsonl: a line each, as
//
//	{"started": "claude-opus-4-8"}
//	{"thinking": "Hm."}
//	{"thought": {"Text": "Hm.", "Signature": "…"}} or {"redacted": "…"}
//	{"text": "Hello"}
//	{"call": {"ID": "toolu_1", "Name": "now"}}
//	{"arguments": "{}"}
//	{"done": "end_turn", "usage": {"InputTokens": 1}}
//	{"error": {…}}, {"failure": "of no known kind"} or {"silence": true}
func ReadEvents(t testing.TB, lines []byte) (steps []Step) {
	t.Helper()
	for scanner := bufio.NewScanner(bytes.NewReader(lines)); scanner.Scan(); {
		var line struct {
			Started, Text, Thinking, Failure, Redacted string

			Thought   *conversation.Thinking
			Call      *conversation.ToolCall
			Arguments string
			Done      conversation.StopReason
			Usage     conversation.Usage

			StopSequence string
			Error        *conversation.Error
			Silence      bool
		}
		require.NoError(t, json.Unmarshal(scanner.Bytes(), &line))
		var s Step
		switch {
		case line.Silence:
			s.Silence = true
		case line.Error != nil:
			s.Err = line.Error
		case line.Failure != "":
			s.Err = errors.New(line.Failure)
		case line.Started != "":
			s.Event = conversation.Started{Model: line.Started, Usage: line.Usage}
		case line.Call != nil:
			s.Event = *line.Call
		case line.Arguments != "":
			s.Event = conversation.ToolArguments{JSON: line.Arguments}
		case line.Text != "":
			s.Event = conversation.TextDelta{Text: line.Text}
		case line.Thinking != "":
			s.Event = conversation.ThinkingDelta{Text: line.Thinking}
		case line.Thought != nil:
			s.Event = conversation.Thought{Block: *line.Thought}
		case line.Redacted != "":
			s.Event = conversation.Thought{Block: conversation.RedactedThinking{Data: line.Redacted}}
		default:
			s.Event = conversation.Done{Reason: line.Done, Usage: line.Usage, StopSequence: line.StopSequence}
		}
		steps = append(steps, s)
	}
	return steps
}
