package anthropic

import (
	"encoding/json"

	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/sse"
	"claude-max-api-proxy/proxy/wire"
)

// Encoder turns the events of one answer into those of a stream: message_start, the blocks
// one after the other, message_delta and message_stop.
//
//	KeepAlive   in a silence: a ping; before the first word, message_start and a ping
//	Event       for each event; puts message_start first if it is missing
//	Error       if the events end with one, or without Done
//
// The message's model is the one that answers, and its usage what upstream has counted by
// then. Where message_start had to go out before upstream began, the model is the one that
// was asked for and the counts are 0: the fields are required and nothing better is known.
// message_delta has all counts once more.
type Encoder struct {
	id       string
	model    string
	usage    conversation.Usage
	started  bool
	open     string // the type of the block that is not ended; "" for none
	blocks   int    // begun so far
	argued   bool   // the open call has arguments
	finished bool
}

// NewEncoder begins the answer to a request. The id is one of [wire.NewID].
func NewEncoder(id string, r *Request) *Encoder { return &Encoder{id: id, model: r.Model} }

// KeepAlive gives a ping, for clients that count silence as failure.
func (e *Encoder) KeepAlive() []sse.Event { return append(e.start(), event("ping", signal{"ping"})) }

// Event gives the event's own events, in the order they go out. That upstream has begun
// gives none: it says nothing to the client yet, and what may still fail before the first
// word is to have a status of its own. After [conversation.Done] there are no more.
func (e *Encoder) Event(happened conversation.Event) (out []sse.Event) {
	if e.finished {
		return nil
	}
	switch happened := happened.(type) {
	case conversation.Started:
		e.usage = happened.Usage
		if happened.Model != "" {
			e.model = happened.Model
		}
	case conversation.TextDelta:
		out = e.within(out, "text", textBlock{Type: "text"})
		out = append(out, e.delta(delta{Type: "text_delta", Text: happened.Text}))
	case conversation.ThinkingDelta:
		out = e.within(out, "thinking", thinkingBlock{Type: "thinking"})
		out = append(out, e.delta(delta{Type: "thinking_delta", Thinking: happened.Text}))
	case conversation.Thought:
		out = e.thought(happened.Block)
	case conversation.ToolCall:
		out = e.begin(out, "tool_use", toolBlock{"tool_use", happened.ID, happened.Name, json.RawMessage("{}")})
	case conversation.ToolArguments:
		e.argued = true
		out = append(out, e.delta(delta{Type: "input_json_delta", JSON: happened.JSON}))
	case conversation.Done:
		out = append(e.start(), e.end()...)
		last := messageDelta{Type: "message_delta", Usage: usageOf(happened.Usage)}
		last.Delta.StopReason, last.Delta.StopSequence = stopReason(happened.Reason), stopSequence(happened)
		out = append(out, event("message_delta", last), event("message_stop", signal{"message_stop"}))
		e.finished = true
	}
	return out
}

// thought ends a block of thinking, which is open if any text of it was there.
func (e *Encoder) thought(b conversation.Block) (out []sse.Event) {
	switch b := b.(type) {
	case conversation.Thinking:
		out = e.within(out, "thinking", thinkingBlock{Type: "thinking"})
		if b.Signature != "" {
			out = append(out, e.delta(delta{Type: "signature_delta", Signature: b.Signature}))
		}
	case conversation.RedactedThinking:
		out = e.begin(out, "redacted_thinking", redactedBlock{"redacted_thinking", b.Data})
	}
	return append(out, e.end()...)
}

// Finished reports that the answer is complete: Done has been seen.
func (e *Encoder) Finished() bool { return e.finished }

// Error gives the event for a failure after the stream has begun. SDKs raise it as an
// exception. Nothing comes after it: a client must not take half an answer for a whole one.
func (e *Encoder) Error(err error) []sse.Event {
	return []sse.Event{event("error", errorOf(conversation.AsError(err)))}
}

// start gives message_start; nil when it was given before.
func (e *Encoder) start() []sse.Event {
	if e.started {
		return nil
	}
	e.started = true
	return []sse.Event{event("message_start", messageStart{"message_start", newMessage(e.id, e.model, e.usage)})}
}

// within sees to it that a block of this type is open.
func (e *Encoder) within(out []sse.Event, kind string, empty any) []sse.Event {
	if e.open == kind {
		return out
	}
	return e.begin(out, kind, empty)
}

// begin ends the block that is open, and begins another.
func (e *Encoder) begin(out []sse.Event, kind string, empty any) []sse.Event {
	out = append(append(out, e.start()...), e.end()...)
	e.open = kind
	e.blocks++
	return append(out, event("content_block_start", blockStart{"content_block_start", e.blocks - 1, empty}))
}

// end ends the block that is open. A call without arguments gets those of an empty object
// first: clients parse what they have got.
func (e *Encoder) end() (out []sse.Event) {
	if e.open == "" {
		return nil
	}
	if e.open == "tool_use" && !e.argued {
		out = append(out, e.delta(delta{Type: "input_json_delta", JSON: "{}"}))
	}
	e.open, e.argued = "", false
	return append(out, event("content_block_stop", blockStop{"content_block_stop", e.blocks - 1}))
}

func (e *Encoder) delta(d delta) sse.Event {
	return event("content_block_delta", blockDelta{"content_block_delta", e.blocks - 1, d})
}

func event(name string, data any) sse.Event {
	return sse.Event{Name: name, Data: wire.Marshal(data)}
}
