package responses

import (
	"strings"

	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/params"
	"claude-max-api-proxy/proxy/sse"
)

// item is a piece of the output that grows: a message, a block of thinking, or a call.
type item interface {
	// kind is the prefix of its id.
	kind() string
	// begun is what follows its response.output_item.added.
	begun(e *Encoder) []sse.Event
	// grow adds a text, and gives the event for it.
	grow(e *Encoder, text string) []sse.Event
	// done is what comes before its response.output_item.done.
	done(e *Encoder) []sse.Event
	// wire is the item as it is now, with what the client has got of it.
	wire(id, status string) any
	// said is what it adds to the conversation; nil for nothing.
	said() conversation.Block
}

// opened is the item that has begun and not ended.
type opened struct {
	item
	place
}

// add begins an item.
func (e *Encoder) add(it item) []sse.Event {
	e.open = &opened{it, place{e.newID(it.kind()), len(e.response.Output)}}
	added := e.event("response.output_item.added", func(h head) any {
		return itemEvent{h, e.open.OutputIndex, it.wire(e.open.ItemID, inProgress)}
	})
	return append([]sse.Event{added}, it.begun(e)...)
}

// close ends the open item, if there is one.
func (e *Encoder) close(status string) []sse.Event {
	if e.open == nil {
		return nil
	}
	it := e.open
	events := it.done(e)
	whole := it.wire(it.ItemID, status)
	events = append(events, e.event("response.output_item.done", func(h head) any {
		return itemEvent{h, it.OutputIndex, whole}
	}))
	e.response.Output = append(e.response.Output, whole)
	e.outputIDs = append(e.outputIDs, it.ItemID)
	e.said = append(e.said, it.said())
	e.open = nil
	return events
}

// message is what the model says.
type message struct {
	text strings.Builder
	part bool // the client knows of the part that the text is in
}

func newMessage() item { return &message{} }

func (m *message) kind() string { return "msg_" }

func (m *message) begun(e *Encoder) []sse.Event {
	m.part = true
	return []sse.Event{e.event("response.content_part.added", func(h head) any {
		return contentPartEvent{h, e.open.place, 0, newTextPart("")}
	})}
}

func (m *message) grow(e *Encoder, text string) []sse.Event {
	m.text.WriteString(text)
	return []sse.Event{e.event("response.output_text.delta", func(h head) any {
		return textDeltaEvent{h, e.open.place, 0, text, []struct{}{}}
	})}
}

func (m *message) done(e *Encoder) []sse.Event {
	return []sse.Event{
		e.event("response.output_text.done", func(h head) any {
			return textDoneEvent{h, e.open.place, 0, m.text.String(), []struct{}{}}
		}),
		e.event("response.content_part.done", func(h head) any {
			return contentPartEvent{h, e.open.place, 0, newTextPart(m.text.String())}
		}),
	}
}

func (m *message) wire(id, status string) any {
	content := []textPart{}
	if m.part {
		content = append(content, newTextPart(m.text.String()))
	}
	return messageItem{id, "message", "assistant", status, content}
}

func (m *message) said() conversation.Block { return conversation.Text{Text: m.text.String()} }

// thought is what the model thinks. Its text, where upstream shows one, is the summary.
type thought struct {
	text  strings.Builder
	block conversation.Block // nil until upstream has ended it
}

func newThought() item { return &thought{} }

func (t *thought) kind() string { return "rs_" }

func (t *thought) begun(*Encoder) []sse.Event { return nil }

func (t *thought) grow(e *Encoder, text string) (events []sse.Event) {
	if t.text.Len() == 0 {
		events = append(events, e.event("response.reasoning_summary_part.added", func(h head) any {
			return summaryPartEvent{h, e.open.place, 0, summaryPart{"summary_text", ""}}
		}))
	}
	t.text.WriteString(text)
	return append(events, e.event("response.reasoning_summary_text.delta", func(h head) any {
		return summaryDeltaEvent{h, e.open.place, 0, text}
	}))
}

func (t *thought) done(e *Encoder) []sse.Event {
	if t.text.Len() == 0 {
		return nil
	}
	return []sse.Event{
		e.event("response.reasoning_summary_text.done", func(h head) any {
			return summaryDoneEvent{h, e.open.place, 0, t.text.String()}
		}),
		e.event("response.reasoning_summary_part.done", func(h head) any {
			return summaryPartEvent{h, e.open.place, 0, summaryPart{"summary_text", t.text.String()}}
		}),
	}
}

func (t *thought) wire(id, _ string) any {
	it := reasoningItem{ID: id, Type: "reasoning", Summary: []summaryPart{}}
	if t.text.Len() > 0 {
		it.Summary = append(it.Summary, summaryPart{"summary_text", t.text.String()})
	}
	if block := t.said(); block != nil {
		packed := pack(block)
		it.EncryptedContent = &packed
	}
	return it
}

// said leaves out what has no signature: upstream would not take it back.
func (t *thought) said() conversation.Block {
	if block, ok := t.block.(conversation.Thinking); ok && block.Signature == "" {
		return nil
	}
	return t.block
}

// call is a call of one of the client's tools. A custom tool's input is known when all of
// the arguments are.
type call struct {
	conversation.ToolCall
	tool      clientTool
	arguments strings.Builder
}

func newCall(c conversation.ToolCall, tools toolbox) item {
	tool, known := tools[c.Name]
	if !known { // one that was only called in the history
		tool.name = c.Name
	}
	return &call{ToolCall: c, tool: tool}
}

func (c *call) kind() string {
	if c.tool.custom {
		return "ctc_"
	}
	return "fc_"
}

func (c *call) begun(*Encoder) []sse.Event { return nil }

func (c *call) grow(e *Encoder, text string) []sse.Event {
	c.arguments.WriteString(text)
	if c.tool.custom {
		return nil
	}
	return []sse.Event{e.event("response.function_call_arguments.delta", func(h head) any {
		return callDeltaEvent{h, e.open.place, text}
	})}
}

// whole is the call's arguments; clients parse what they get.
func (c *call) whole() string {
	if c.arguments.Len() == 0 {
		return "{}"
	}
	return c.arguments.String()
}

func (c *call) done(e *Encoder) (events []sse.Event) {
	if c.tool.custom {
		input := customText(c.whole())
		return []sse.Event{
			e.event("response.custom_tool_call_input.delta", func(h head) any { return callDeltaEvent{h, e.open.place, input} }),
			e.event("response.custom_tool_call_input.done", func(h head) any { return inputDoneEvent{h, e.open.place, input} }),
		}
	}
	if c.arguments.Len() == 0 {
		events = c.grow(e, c.whole())
	}
	return append(events, e.event("response.function_call_arguments.done", func(h head) any {
		return argumentsDoneEvent{h, e.open.place, c.tool.name, c.whole()}
	}))
}

func (c *call) wire(id, status string) any {
	if c.tool.custom {
		it := customCallItem{ID: id, Type: "custom_tool_call", CallID: c.ID, Namespace: c.tool.namespace, Name: c.tool.name, Status: status}
		if status != inProgress {
			it.Input = customText(c.whole())
		}
		return it
	}
	it := functionCallItem{ID: id, Type: "function_call", CallID: c.ID, Namespace: c.tool.namespace, Name: c.tool.name, Status: status, Arguments: c.arguments.String()}
	if status != inProgress {
		it.Arguments = c.whole()
	}
	return it
}

func (c *call) said() conversation.Block {
	return conversation.ToolUse{ID: c.ID, Name: c.Name, Input: params.Input(c.whole())}
}
