package claude

import (
	"slices"

	"claude-max-api-proxy/proxy/conversation"
)

// habits remembers where conversations were last. A client that changes its system prompt
// from request to request, or takes back what it said last, never goes on from there: a
// process that keeps the conversation is of no use to it. The zero value knows none. The
// pool's mutex guards it.
type habits struct {
	topics map[fingerprint]*topic
}

// topic is what was seen of the conversations that begin with the same words.
type topic struct {
	ends   []fingerprint // of the last requests
	breaks int           // requests in a row that did not go on from any of these
}

const (
	// mostTopics bounds how many are remembered.
	mostTopics = 512
	// mostEnds is how many conversations that begin alike are told apart.
	mostEnds = 4
	// habit is how many breaks in a row are one: the first may be a person who has changed
	// what was said.
	habit = 2
)

// topicOf stands for a conversation whatever becomes of it: the model, the tools and what
// the user has said first.
func topicOf(model string, r *conversation.Request) fingerprint {
	h := newFolder()
	h.string(model)
	h.tools(r.Tools)
	if len(r.Turns) > 0 {
		h.blocks(r.Turns[0].Blocks)
	}
	return h.sum()
}

// breaks notes a request, and says how many in a row its conversation has had that did not
// go on from where it was.
func (h *habits) breaks(w want) int {
	if h.topics == nil || len(h.topics) >= mostTopics {
		h.topics = map[fingerprint]*topic{}
	}
	t := h.topics[w.topic]
	if t == nil {
		t = &topic{}
		h.topics[w.topic] = t
	}
	goesOn := slices.ContainsFunc(w.prints, func(p fingerprint) bool { return slices.Contains(t.ends, p) })
	switch {
	case goesOn:
		t.breaks = 0
	case len(t.ends) > 0 && len(w.turns) > 1: // one that begins is a new one
		t.breaks++
	}
	if end := w.prints[len(w.prints)-1]; !slices.Contains(t.ends, end) {
		t.ends = append(t.ends, end)
		t.ends = t.ends[max(0, len(t.ends)-mostEnds):]
	}
	return t.breaks
}
