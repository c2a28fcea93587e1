package completions

import (
	"cmp"
	"encoding/json"
	"iter"
	"strings"
	"time"

	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/openai"
	"claude-max-api-proxy/proxy/sse"
	"claude-max-api-proxy/proxy/wire"
)

// completion is a body, and a chunk of a stream.
type completion struct {
	ID      string   `json:"id"`
	Object  string   `json:"object"`
	Created int64    `json:"created"`
	Model   string   `json:"model"`
	Choices []choice `json:"choices"`
	// Usage is absent, null or the counts.
	Usage json.RawMessage `json:"usage,omitempty"`
}

type choice struct {
	Text         string    `json:"text"`
	Index        int       `json:"index"`
	Logprobs     *struct{} `json:"logprobs"`
	FinishReason *string   `json:"finish_reason"`
}

// Encoder turns the events of one answer into the chunks of a stream, the last of which is
// [DONE].
type Encoder struct {
	request  *Request
	envelope completion
	begun    bool
	finished bool
}

// NewEncoder begins the answer to a request. The id is one of [wire.NewID].
func NewEncoder(id string, r *Request, created time.Time) *Encoder {
	return &Encoder{request: r, envelope: completion{ID: id, Object: "text_completion", Created: created.Unix(), Model: r.Model}}
}

// Event gives the event's chunks: none, where it says nothing to the client. What the model
// thinks is not part of a completion.
func (e *Encoder) Event(event conversation.Event) []sse.Event {
	if e.finished {
		return nil
	}
	switch event := event.(type) {
	case conversation.Started:
		e.envelope.Model = cmp.Or(event.Model, e.envelope.Model)
	case conversation.TextDelta:
		return append(e.begin(), e.chunk(event.Text, nil))
	case conversation.Done:
		e.finished = true
		reason := finishReason(event.Reason)
		chunks := append(e.begin(), e.chunk("", &reason))
		if e.request.IncludeUsage {
			last := e.envelope
			last.Choices = []choice{}
			last.Usage = openai.UsageOf(event.Usage)
			chunks = append(chunks, sse.Event{Data: wire.Marshal(last)})
		}
		return append(chunks, sse.Done)
	}
	return nil
}

// begin gives the prompt, where the answer is to begin with it.
func (e *Encoder) begin() []sse.Event {
	if e.begun || e.request.echo == "" {
		return nil
	}
	e.begun = true
	return []sse.Event{e.chunk(e.request.echo, nil)}
}

// KeepAlive gives a chunk that says nothing, for clients that count silence as failure.
func (e *Encoder) KeepAlive() []sse.Event { return []sse.Event{e.chunk("", nil)} }

// Error gives the event for a failure after the stream has begun.
func (e *Encoder) Error(err error) []sse.Event {
	_, body := Names.ErrorBody(conversation.AsError(err))
	return []sse.Event{{Data: body}}
}

// Finished reports that the answer is complete: Done has been seen.
func (e *Encoder) Finished() bool { return e.finished }

func (e *Encoder) chunk(text string, finish *string) sse.Event {
	c := e.envelope
	c.Choices = []choice{{Text: text, FinishReason: finish}}
	if e.request.IncludeUsage {
		c.Usage = json.RawMessage("null")
	}
	return sse.Event{Data: wire.Marshal(c)}
}

// Fold gives the one body of an answer that is not streamed. Where an error comes before
// [conversation.Done], or Done does not come, that is the outcome, without a body.
func (e *Encoder) Fold(events iter.Seq2[conversation.Event, error]) ([]byte, *conversation.Error) {
	var text strings.Builder
	text.WriteString(e.request.echo)
	var done *conversation.Done
	for event, err := range events {
		switch {
		case done != nil: // whatever comes, the answer is complete
			continue
		case err != nil:
			return nil, conversation.AsError(err)
		}
		switch event := event.(type) {
		case conversation.Started:
			e.envelope.Model = cmp.Or(event.Model, e.envelope.Model)
		case conversation.TextDelta:
			text.WriteString(event.Text)
		case conversation.Done:
			done = &event
		}
	}
	if done == nil {
		return nil, conversation.Incomplete()
	}
	body, reason := e.envelope, finishReason(done.Reason)
	body.Choices = []choice{{Text: text.String(), FinishReason: &reason}}
	body.Usage = openai.UsageOf(done.Usage)
	return wire.Marshal(body), nil
}

func finishReason(reason conversation.StopReason) string {
	switch reason {
	case conversation.MaxTokens:
		return "length"
	case conversation.Refusal:
		return "content_filter"
	default:
		return "stop"
	}
}
