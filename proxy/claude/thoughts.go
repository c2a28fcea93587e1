package claude

import (
	"container/list"
	"slices"
	"sync"

	"claude-max-api-proxy/proxy/conversation"
)

// mostThoughts bounds what is remembered, in bytes.
const mostThoughts = 16 << 20

// thoughts remembers what the model thought before it called tools. Clients send the
// calls back without it, and some models refuse a turn of calls whose thinking is
// missing. It is found by the id of a call, which upstream gives to no other call; what
// was used longest ago is forgotten first.
type thoughts struct {
	mu    sync.Mutex
	of    map[string]*list.Element // by call
	order list.List                // of *thought; the last one used is in front
	bytes int
}

type thought struct {
	calls  []string
	blocks []conversation.Block
	size   int
}

// remember keeps the thinking before calls. Without any there is nothing to keep.
func (t *thoughts) remember(calls []string, blocks []conversation.Block) {
	if len(calls) == 0 || len(blocks) == 0 {
		return
	}
	n := &thought{calls: calls, blocks: blocks}
	for _, b := range blocks {
		switch b := b.(type) {
		case conversation.Thinking:
			n.size += len(b.Text) + len(b.Signature)
		case conversation.RedactedThinking:
			n.size += len(b.Data)
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.of == nil {
		t.of = map[string]*list.Element{}
	}
	e := t.order.PushFront(n)
	for _, id := range calls {
		t.of[conversation.Letters(id)] = e
	}
	t.bytes += n.size
	for t.bytes > mostThoughts {
		t.forget(t.order.Back())
	}
}

// forget drops one. Call with mu held.
func (t *thoughts) forget(e *list.Element) {
	old := t.order.Remove(e).(*thought)
	t.bytes -= old.size
	for _, id := range old.calls {
		if t.of[conversation.Letters(id)] == e {
			delete(t.of, conversation.Letters(id))
		}
	}
}

// lack says that the last turn answers calls before which nobody knows any thinking.
func (t *thoughts) lack(turns []conversation.Turn) bool {
	n := len(turns)
	if n < 2 || !slices.ContainsFunc(turns[n-2].Blocks, func(b conversation.Block) bool { _, calls := b.(conversation.ToolUse); return calls }) {
		return false
	}
	known := t.with(turns[n-2].Blocks)
	return !slices.ContainsFunc(known, conversation.IsThinking)
}

// with puts the thinking back before a turn's calls, where the client has not done so.
func (t *thoughts) with(blocks []conversation.Block) []conversation.Block {
	if slices.ContainsFunc(blocks, conversation.IsThinking) {
		return blocks
	}
	for _, b := range blocks {
		call, ok := b.(conversation.ToolUse)
		if !ok {
			continue
		}
		t.mu.Lock()
		e, found := t.of[conversation.Letters(call.ID)]
		if !found {
			t.mu.Unlock()
			continue
		}
		t.order.MoveToFront(e)
		before := e.Value.(*thought).blocks
		t.mu.Unlock()
		return append(append([]conversation.Block{}, before...), blocks...)
	}
	return blocks
}
