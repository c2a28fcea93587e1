package chat

import (
	"encoding/json"
	"time"

	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/openai"
	"claude-max-api-proxy/proxy/sse"
	"claude-max-api-proxy/proxy/wire"
)

// Encoder turns the events of one answer into the chunks of a stream. Each chunk
// is one JSON object on one line; the stream of a complete answer ends with [DONE].
//
//	KeepAlive   in a silence; before the first word, it is the role chunk
//	Event       for each event; puts the role chunk first if it is missing
//	Error       if the events end with one, or without Done
//
// All chunks have the same id and time. Their model is the one that answers, as
// [conversation.Started] names it; a chunk sent before that carries the name that
// was asked for, because the field is required and nothing better is known.
// Clients take the model from the last chunk they see.
type Encoder struct {
	id           string
	model        string
	created      int64
	includeUsage bool
	legacy       bool // calls are function_call
	roleSent     bool
	calls        int  // begun so far
	argued       bool // the last of them has arguments
	finished     bool
}

// NewEncoder begins the answer to a request. The id is one of [wire.NewID].
func NewEncoder(id string, r *Request, created time.Time) *Encoder {
	return &Encoder{id: id, model: r.Model, created: created.Unix(), includeUsage: r.IncludeUsage, legacy: r.legacy}
}

// role gives the chunk that opens a stream; nil when it was given before.
func (e *Encoder) role() []sse.Event {
	if e.roleSent {
		return nil
	}
	e.roleSent = true
	empty := ""
	return []sse.Event{e.chunk(delta{Role: "assistant", Content: &empty}, nil)}
}

// KeepAlive gives a chunk that says nothing, for clients that count silence as
// failure. It is a chunk and no comment, because they count only those. Where the
// role has not been said yet, it is the role chunk.
func (e *Encoder) KeepAlive() []sse.Event {
	if role := e.role(); role != nil {
		return role
	}
	return []sse.Event{e.chunk(delta{}, nil)}
}

// Event gives the event's chunks, in the order they go out: none to five. That
// upstream has begun gives none: it says nothing to the client yet, and what may
// still fail before the first word is to have a status of its own. After
// [conversation.Done] there are no more.
func (e *Encoder) Event(event conversation.Event) []sse.Event {
	if e.finished {
		return nil
	}
	switch event := event.(type) {
	case conversation.Ignored, conversation.Flattened:
		return nil // they are for the header
	case conversation.Thought:
		return nil // its text is known already, and there is no place for its signature
	case conversation.Started:
		if event.Model != "" {
			e.model = event.Model
		}
		return nil
	}
	chunks := e.role()
	switch event := event.(type) {
	case conversation.TextDelta:
		chunks = append(chunks, e.chunk(delta{Content: &event.Text}, nil))
	case conversation.ThinkingDelta:
		chunks = append(chunks, e.chunk(delta{ReasoningContent: event.Text}, nil))
	case conversation.ToolCall:
		chunks = append(chunks, e.endCall()...)
		if e.calls++; !e.surplus() {
			chunks = append(chunks, e.call(event.ID, functionCall{Name: event.Name}))
		}
	case conversation.ToolArguments:
		if !e.surplus() {
			e.argued = true
			chunks = append(chunks, e.call("", functionCall{Arguments: event.JSON}))
		}
	case conversation.Done:
		chunks = append(chunks, e.endCall()...)
		e.finished = true
		reason := finishReason(event.Reason, e.legacy)
		chunks = append(chunks, e.chunk(delta{}, &reason))
		if e.includeUsage {
			chunks = append(chunks, e.usageChunk(event.Usage))
		}
		chunks = append(chunks, sse.Done)
	}
	return chunks
}

// call is a chunk about the call that was begun last; the first one has its id.
func (e *Encoder) call(id string, f functionCall) sse.Event {
	if e.legacy {
		return e.chunk(delta{FunctionCall: &f}, nil)
	}
	index := e.calls - 1
	c := toolCall{Index: &index, ID: id, Function: f}
	if id != "" {
		c.Type = "function"
	}
	return e.chunk(delta{ToolCalls: []toolCall{c}}, nil)
}

// surplus says that the call that was begun last is left out: the deprecated form has
// room for one. The model is asked for no more, but may do so all the same; clients
// would add the second call's name and arguments to the first one's.
func (e *Encoder) surplus() bool { return e.legacy && e.calls > 1 }

// endCall gives a call without arguments those of an empty object: clients parse what
// they get.
func (e *Encoder) endCall() []sse.Event {
	if e.calls == 0 || e.argued || e.surplus() {
		e.argued = false
		return nil
	}
	return []sse.Event{e.call("", functionCall{Arguments: "{}"})}
}

// Finished reports that the answer is complete: Done has been seen.
func (e *Encoder) Finished() bool { return e.finished }

// Error gives the event for a failure after the stream has begun: an error in the
// same shape as in a body, in place of a chunk. SDKs raise it as an exception. No
// finish_reason goes before it and no [DONE] should come after it: a client must
// not take half an answer for a whole one.
func (e *Encoder) Error(err error) []sse.Event {
	_, body := Names.ErrorBody(conversation.AsError(err))
	return []sse.Event{{Data: body}}
}

func (e *Encoder) chunk(d delta, finish *string) sse.Event {
	c := e.envelope()
	c.Choices = []chunkChoice{{Delta: d, FinishReason: finish}}
	if e.includeUsage {
		// With include_usage, OpenAI puts usage into every chunk: null but in the last.
		c.Usage = json.RawMessage("null")
	}
	return sse.Event{Data: wire.Marshal(c)}
}

// usageChunk is a chunk of its own after the one with the finish_reason.
func (e *Encoder) usageChunk(u conversation.Usage) sse.Event {
	c := e.envelope()
	c.Choices = []chunkChoice{} // not null
	c.Usage = openai.UsageOf(u)
	return sse.Event{Data: wire.Marshal(c)}
}

func (e *Encoder) envelope() chunk {
	return chunk{ID: e.id, Object: "chat.completion.chunk", Created: e.created, Model: e.model}
}
