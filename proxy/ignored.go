package proxy

import (
	"iter"

	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/openai"
)

// IgnoredHeader names the request's parameters that have no effect here, or not the
// one that was asked for.
const IgnoredHeader = "X-Ignored-Parameters"

// ignore names one more parameter. It comes to know of that before anything is asked
// upstream, hardly ever after the headers have gone out for want of a first event.
func (x *exchange) ignore(i conversation.Ignored) {
	if x.status != 0 {
		return
	}
	names := openai.WireName(i.Param)
	if before := x.Header().Get(IgnoredHeader); before != "" {
		names = before + ", " + names
	}
	x.Header().Set(IgnoredHeader, names)
}

// noting passes events on, and names what was ignored. It is for answers that are
// written when all of them were seen.
func noting(x *exchange, events iter.Seq2[conversation.Event, error]) iter.Seq2[conversation.Event, error] {
	return func(yield func(conversation.Event, error) bool) {
		for event, err := range events {
			if ignored, ok := event.(conversation.Ignored); ok {
				x.ignore(ignored)
				continue
			}
			if !yield(event, err) {
				return
			}
		}
	}
}
