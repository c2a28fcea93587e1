package claude

import "claude-max-api-proxy/proxy/conversation"

// habits remembers where conversations were last. A client that changes its system prompt
// or what it has said from request to request never goes on from there: a kept process is
// of no use to it, nor is Anthropic's cache. The zero value knows none. The pool's mutex
// guards it.
type habits struct {
	last map[fingerprint]fingerprint // by topic: of the request's end
}

// mostTopics bounds how many conversations are remembered.
const mostTopics = 512

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

// broken notes a request, and says whether its conversation was here before but does not
// go on from there.
func (h *habits) broken(w want) bool {
	before, known := h.last[w.topic]
	if h.last == nil || len(h.last) >= mostTopics {
		h.last = map[fingerprint]fingerprint{}
	}
	h.last[w.topic] = w.prints[len(w.prints)-1]
	if !known || len(w.turns) == 1 { // one that begins is a new one
		return false
	}
	for _, print := range w.prints {
		if print == before {
			return false
		}
	}
	return true
}
