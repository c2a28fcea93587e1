// Package anthropic speaks Anthropic's Messages API: it turns a request's body into a
// [conversation.Request], and the events of the answer into a stream of named events or
// into one message.
//
//	body ─► Decode ─► Request.Conversation ─► a Backend ─► events ─┬─► Encoder ─► events (sse)
//	            └───► Estimate                                     └─► Fold ────► one message
//
// The neutral model has this API's shapes, so little is lost on the way: blocks keep their
// order, and thinking its signatures. It is no relay all the same. What reaches upstream is what the
// neutral model can say; the rest is named in [Request.Ignored], or refused where the
// answer would be another one without it.
//
// The law of this package, which its tests keep: folding a stream, as Anthropic's
// SDKs do, gives the message that [Fold] makes of the same events.
//
// The package knows neither HTTP nor processes. [Decode] and [Fold] may be called from any
// goroutine; an [Encoder] belongs to one answer and one goroutine.
//
// The wire format is that of https://docs.anthropic.com/en/api/messages and
// https://docs.anthropic.com/en/docs/build-with-claude/streaming.
package anthropic
