package responses

import (
	"iter"

	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/wire"
)

// Fold gives the one body of a response that is not streamed, from the same events
// that a stream is made of. It reads them to their end. Where an error comes before
// [conversation.Done], or Done does not come, that is the outcome, without a body.
func (e *Encoder) Fold(events iter.Seq2[conversation.Event, error]) ([]byte, *conversation.Error) {
	for event, err := range events {
		switch {
		case e.finished: // whatever comes, the answer is complete
		case err != nil:
			failure := conversation.AsError(err)
			e.fail(failure)
			return nil, failure
		default:
			e.Event(event)
		}
	}
	if !e.finished {
		failure := conversation.Incomplete()
		e.fail(failure)
		return nil, failure
	}
	return wire.Marshal(e.response), nil
}
