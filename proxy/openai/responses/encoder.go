package responses

import (
	"cmp"
	"slices"
	"time"

	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/sse"
	"claude-max-api-proxy/proxy/wire"
)

// Encoder turns the events of one answer into those of a stream:
//
//	response.created, response.in_progress   before the first event that says something
//	response.output_item.added, …, .done     for each item, one after the other; see items.go
//	response.completed or .incomplete        at the end, with the whole response
//	response.failed                          likewise, where the model refuses
//	error, response.failed                   where the answer failed instead
//
// Events are numbered. What keeps a silent stream alive is another
// response.in_progress, with the items as far as they have grown.
//
// It also keeps the response in the store, from its beginning on.
type Encoder struct {
	request  *Request
	newID    func(prefix string) string
	now      func() time.Time
	response response
	sequence int
	begun    bool
	open     *opened // nil for none
	// outputIDs and said are of the items in the response's output: their ids, and what they
	// add to the conversation, nil for nothing.
	outputIDs []string
	said      []conversation.Block
	finished  bool
}

// NewEncoder begins the response to a request.
func NewEncoder(r *Request) *Encoder { return newEncoder(r, wire.NewID, time.Now) }

func newEncoder(r *Request, newID func(prefix string) string, now func() time.Time) *Encoder {
	e := &Encoder{request: r, newID: newID, now: now}
	e.response = response{
		ID: newID("resp_"), Object: "response", CreatedAt: now().Unix(), Status: inProgress,
		Instructions: r.said.instructions, MaxOutputTokens: r.said.maxOutputTokens, Model: r.Model,
		Output: []any{}, ParallelToolCalls: r.said.parallel, PreviousResponseID: orNull(r.previous),
		PromptCacheKey: r.said.promptCacheKey, Reasoning: r.said.reasoning, SafetyIdentifier: r.said.safetyIdentifier,
		ServiceTier: "default", Store: r.keep && r.store.fits(r), Temperature: r.said.temperature, Text: r.said.text,
		ToolChoice: r.said.toolChoice, Tools: r.said.tools, TopP: r.said.topP, Truncation: "disabled",
		User: r.said.user, Metadata: r.said.metadata,
	}
	return e
}

func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// ID is the response's.
func (e *Encoder) ID() string { return e.response.ID }

// Event gives the event's own events, in the order they go out. That upstream has begun
// gives none: it says nothing to the client yet, and what may still fail before the first
// word is to have a status of its own. After [conversation.Done] there are no more.
func (e *Encoder) Event(event conversation.Event) []sse.Event {
	if e.finished {
		return nil
	}
	switch event := event.(type) {
	case conversation.Started:
		e.response.Model = cmp.Or(event.Model, e.response.Model)
		return nil
	case conversation.TextDelta:
		return e.grow(newMessage, event.Text)
	case conversation.ThinkingDelta:
		return e.grow(newThought, event.Text)
	case conversation.Thought:
		events, t := e.current(newThought)
		t.(*thought).block = event.Block
		return append(events, e.close(completed)...)
	case conversation.ToolCall:
		events := append(e.begin(), e.close(completed)...)
		return append(events, e.add(newCall(event, e.request.tools))...)
	case conversation.ToolArguments:
		return e.open.grow(e, event.JSON)
	case conversation.Done:
		return e.end(event)
	}
	return nil // what is for the header
}

// grow adds a text to the open item, which is one of that kind or is begun.
func (e *Encoder) grow(begin func() item, text string) []sse.Event {
	events, item := e.current(begin)
	return append(events, item.grow(e, text)...)
}

// current is the open item, if it is of the kind that is wanted, or a new one.
func (e *Encoder) current(begin func() item) (events []sse.Event, it item) {
	it = begin()
	if e.open != nil && e.open.kind() == it.kind() {
		return nil, e.open.item
	}
	events = append(e.begin(), e.close(completed)...)
	return append(events, e.add(it)...), it
}

// begin opens the stream, once.
func (e *Encoder) begin() []sse.Event {
	if e.begun {
		return nil
	}
	e.begun = true
	e.request.store.update(e.response)
	return []sse.Event{e.state("response.created"), e.state("response.in_progress")}
}

// KeepAlive gives an event that says nothing, for clients that count silence as failure.
func (e *Encoder) KeepAlive() []sse.Event {
	if !e.begun {
		return e.begin()
	}
	now := e.response
	if e.open != nil {
		// Clients take what the event has for all there is, and let that grow.
		now.Output = append(slices.Clip(now.Output), e.open.wire(e.open.ItemID, inProgress))
	}
	return []sse.Event{e.event("response.in_progress", func(h head) any { return responseEvent{h, now} })}
}

// refused is what OpenAI, too, makes a failure of this code of: the prompt is against its rules.
// (As an incomplete response, codex would take it for a connection that broke.)
const refused = "The model refuses to answer this, or to go on with its answer. Another wording or a new conversation may help."

// end ends a complete answer.
func (e *Encoder) end(done conversation.Done) []sse.Event {
	e.finished = true
	status, ofItem, name := completed, completed, "response.completed"
	switch done.Reason {
	case conversation.MaxTokens:
		status, ofItem, name = incomplete, incomplete, "response.incomplete"
		e.response.IncompleteDetails = &incompleteDetails{"max_output_tokens"}
	case conversation.Refusal:
		status, ofItem, name = failed, incomplete, "response.failed"
		e.response.Error = &responseError{"invalid_prompt", refused}
	}
	events := append(e.begin(), e.close(ofItem)...)
	e.response.Status, e.response.Usage = status, usageOf(done.Usage)
	if status == completed {
		now := e.now().Unix()
		e.response.CompletedAt = &now
	}
	e.request.store.put(e)
	return append(events, e.state(name))
}

// Finished reports that the answer is complete: Done has been seen.
func (e *Encoder) Finished() bool { return e.finished }

// Error gives the events for a failure after the stream has begun: the error in a stream's
// own form, and the response as it has become. Its output has the items that were complete.
func (e *Encoder) Error(err error) []sse.Event {
	failure := conversation.AsError(err)
	_, fields := Names.Error(failure)
	events := e.begin()
	e.fail(failure)
	return append(
		events,
		e.event("error", func(h head) any { return errorEvent{h, fields.Code, fields.Message, fields.Param} }),
		e.state("response.failed"),
	)
}

// fail says in the response why it is not complete.
func (e *Encoder) fail(failure *conversation.Error) {
	e.response.Status = failed
	if failure.Kind == conversation.Cancelled {
		e.response.Status = cancelled
	}
	e.response.Error = &responseError{errorCode(failure.Kind), failure.Error()}
	e.request.store.update(e.response)
}

// errorCode is what codex goes by. It knows the first two, tells its user the message of an
// invalid_prompt, and asks again, five times, after everything else: so that is for what is
// over by then.
func errorCode(kind conversation.Kind) string {
	switch kind {
	case conversation.ContextLength:
		return "context_length_exceeded"
	case conversation.Billing:
		return "insufficient_quota"
	case conversation.RateLimited, conversation.QueueFull:
		return "rate_limit_exceeded"
	case conversation.Overloaded, conversation.Upstream, conversation.Timeout, conversation.CLIFailed, conversation.ShuttingDown:
		return "server_error"
	default:
		return "invalid_prompt"
	}
}

// state is an event with the response as it is now.
func (e *Encoder) state(name string) sse.Event {
	return e.event(name, func(h head) any { return responseEvent{h, e.response} })
}

func (e *Encoder) event(name string, of func(head) any) sse.Event {
	event := sse.Event{Name: name, Data: wire.Marshal(of(head{name, e.sequence}))}
	e.sequence++
	return event
}
