package proxy

import (
	"strings"

	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/params"
)

const (
	// IgnoredHeader names the request's parameters that have no effect here, or not the
	// one that was asked for; sorted, each once.
	IgnoredHeader = "X-Ignored-Parameters"
	// ReplayHeader says in which form the model got the conversation, where that is not
	// the request's own: "text" is one text for all of it.
	ReplayHeader = "X-Conversation-Replay"
)

// notice takes an event that is for the header, and says whether it was one. They come
// before anything is asked upstream, hardly ever after the headers have gone out for want
// of a first word.
func (x *exchange) notice(event conversation.Event) bool {
	switch event := event.(type) {
	case conversation.Ignored:
		if x.status == 0 {
			x.ignore(x.dialect.Param(event.Param))
		}
	case conversation.Flattened:
		if x.status == 0 {
			x.Header().Set(ReplayHeader, "text")
		}
	default:
		return false
	}
	return true
}

// ignore names parameters in the header, beside those that it has already.
func (x *exchange) ignore(names ...string) {
	before := strings.Split(x.Header().Get(IgnoredHeader), ", ")
	if all := params.Names(append(before, names...)); len(all) > 0 {
		x.Header().Set(IgnoredHeader, strings.Join(all, ", "))
	}
}

// noting passes events on, and notes what is for the header. It is for answers that are
// written when all of them were seen.
func noting(x *exchange, answer events) events {
	return func(yield func(conversation.Event, error) bool) {
		for event, err := range answer {
			if err == nil && x.notice(event) {
				continue
			}
			if !yield(event, err) {
				return
			}
		}
	}
}
