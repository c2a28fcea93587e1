package responses

import (
	"container/list"
	"context"
	"fmt"
	"slices"
	"sync"

	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/jsonbody"
	"claude-max-api-proxy/proxy/wire"
)

// The bounds of a [Store].
const (
	mostBytes     = 64 << 20
	mostResponses = 4096
)

// Store remembers responses, so that a request can go on from one by its id. It is in memory
// only: what is said here stays nowhere. What was used longest ago is forgotten first;
// using a response uses all that it goes on from.
type Store struct {
	mostBytes, mostResponses int
	// mostOfRequest is how many bytes a request may have, with what it refers to.
	mostOfRequest int

	mu    sync.Mutex
	of    map[string]*list.Element // of *remembered, by the response's id
	items map[string][]holder      // by the item's id; the last one of each is meant
	order list.List                // the one used last is in front
	bytes int
	// running are the responses that are not complete yet.
	running map[string]*running
}

// remembered is a complete response. It does not change any more.
type remembered struct {
	response response
	previous string
	said     said // what it has added to the conversation, its own output included
	input    []ownItem
	output   []ownItem
	size     int // about, in bytes
}

// ownItem is an item of a response's input or output, by its id.
type ownItem struct {
	id string
	piece
}

// holder is a remembered response that has an item of the id that is referred to.
type holder struct {
	of *list.Element
	piece
}

// adds is about how many bytes a response adds to a conversation.
func (n *remembered) adds() (bytes int) {
	for _, items := range [][]ownItem{n.input, n.output} {
		for _, it := range items {
			bytes += len(it.raw)
		}
	}
	return bytes
}

// piece is what an item adds to a conversation, and the item as it was sent or
// answered, in JSON.
type piece struct {
	said said
	raw  []byte
}

// running is a response on its way.
type running struct {
	cancel   context.CancelCauseFunc
	response response // as of its beginning; without an id before it
}

// NewStore gives an empty one, for requests whose bodies have so many bytes at most.
func NewStore(maxBody int64) *Store {
	return &Store{
		mostBytes: mostBytes, mostResponses: mostResponses, mostOfRequest: int(maxBody),
		of: map[string]*list.Element{}, items: map[string][]holder{}, running: map[string]*running{},
	}
}

// Run makes a response known while it is on its way, so that it can be cancelled. The function
// that it gives ends that.
func (s *Store) Run(id string, cancel context.CancelCauseFunc) (ended func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running[id] = &running{cancel: cancel}
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.running, id)
	}
}

// update notes a response as it is now, while it is on its way.
func (s *Store) update(r response) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if running := s.running[r.ID]; running != nil {
		running.response = r
	}
}

// fits says that a request is not so large that a few like it would be all that is
// remembered.
func (s *Store) fits(r *Request) bool { return r.size() <= s.mostBytes/4 }

// size is about what a request needs in memory, in bytes: its body, its texts, what is known
// of its items, and what they refer to, which others may have forgotten.
func (r *Request) size() int {
	const item = 300
	return 2*(len(r.body)+r.referred) + item*len(r.pieces)
}

// put ends a response that is complete, and keeps it, where its request wants that and the
// model has not refused.
func (s *Store) put(e *Encoder) {
	n := &remembered{response: e.response, previous: e.request.previous, said: e.request.input}
	n.size = e.request.size() + 2*len(wire.Marshal(e.response))
	for i, id := range inputIDs(e.request.items, e.response.ID) {
		n.input = append(n.input, ownItem{id, e.request.pieces[i]})
	}
	n.said.turns = slices.Clone(n.said.turns)
	for i, block := range e.said {
		of := piece{raw: wire.Marshal(e.response.Output[i])}
		if block != nil {
			of.said.add(conversation.Assistant, block)
		}
		n.said.join(of.said)
		n.output = append(n.output, ownItem{e.outputIDs[i], of})
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if delete(s.running, e.response.ID); !e.response.Store || e.response.Status == failed {
		return
	}
	element := s.order.PushFront(n)
	s.of[e.response.ID] = element
	for _, it := range slices.Concat(n.input, n.output) {
		s.items[it.id] = append(s.items[it.id], holder{element, it.piece})
	}
	for s.bytes += n.size; s.bytes > s.mostBytes || s.order.Len() > s.mostResponses; {
		s.forget(s.order.Back())
	}
}

// forget drops one. Call with mu held.
func (s *Store) forget(e *list.Element) {
	old := s.order.Remove(e).(*remembered)
	s.bytes -= old.size
	delete(s.of, old.response.ID)
	var ids []string
	for _, it := range slices.Concat(old.input, old.output) {
		ids = append(ids, it.id)
	}
	slices.Sort(ids) // clients may have given the same one to thousands
	for _, id := range slices.Compact(ids) {
		s.items[id] = slices.DeleteFunc(s.items[id], func(h holder) bool { return h.of == e })
		if len(s.items[id]) == 0 {
			delete(s.items, id)
		}
	}
}

// chain gives the response and those that it goes on from, the first one first; or which one
// is missing.
func (s *Store) chain(id string) (all []*remembered, missing string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id != "" {
		e, found := s.of[id]
		if !found {
			return nil, id
		}
		s.order.MoveToFront(e) // so the first one is forgotten last
		n := e.Value.(*remembered)
		all = append(all, n)
		id = n.previous
	}
	slices.Reverse(all)
	return all, ""
}

// item gives what an item of a remembered response, asked or answered, says.
func (s *Store) item(id string) (piece, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.items[id]
	if len(all) == 0 {
		return piece{}, false
	}
	newest := all[len(all)-1]
	s.order.MoveToFront(newest.of)
	return newest.piece, true
}

// Get gives the body of a response that is remembered, or on its way.
func (s *Store) Get(id string) (body []byte, ok bool) {
	if r := s.response(id); r.ID != "" {
		return wire.Marshal(r), true
	}
	return nil, false
}

// response gives the response, or one without an id.
func (s *Store) response(id string) response {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e, found := s.of[id]; found {
		s.order.MoveToFront(e)
		return e.Value.(*remembered).response
	}
	if r := s.running[id]; r != nil {
		return r.response
	}
	return response{}
}

// Delete forgets a response. Those that go on from it cannot be gone on from any more.
func (s *Store) Delete(id string) ([]byte, *conversation.Error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, found := s.of[id]
	if !found {
		return nil, s.notFound(id)
	}
	s.forget(e)
	return wire.Marshal(struct {
		ID      string `json:"id"`
		Object  string `json:"object"`
		Deleted bool   `json:"deleted"`
	}{id, "response", true}), nil
}

// notFound is the error for a response that is not remembered, or not yet. Call with mu held.
func (s *Store) notFound(id string) *conversation.Error {
	if s.running[id] == nil {
		return NotFound(id)
	}
	err := conversation.Invalid("", fmt.Sprintf("The response %q is still on its way.", jsonbody.Shorten(id)))
	err.Hint = "Ask again when it is complete, or cancel it."
	return err
}

// Cancel ends a response that is on its way, and gives what has become of it. One that is
// complete stays as it is.
func (s *Store) Cancel(id string) ([]byte, *conversation.Error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, complete := s.of[id]; complete {
		return nil, conversation.Invalid("", "The response is complete, so there is nothing to cancel.")
	}
	r := s.running[id]
	if r == nil || r.response.ID == "" {
		return nil, NotFound(id)
	}
	r.cancel(&conversation.Error{
		Kind:    conversation.Cancelled,
		Message: "The response was cancelled by another request.",
	})
	r.response.Status = cancelled
	return wire.Marshal(r.response), nil
}
