// Package chat speaks OpenAI's chat completions: it turns a request's body into a
// [conversation.Request], and the events of the answer into a stream of chunks or
// into one body.
//
//	body ─► Decode ─► Request.Conversation ─► a Backend ─► events ─┬─► Encoder ─► chunks (sse)
//	                                                               └─► Fold ────► one body
//
// The law of this package, which its tests keep: folding the chunks of a stream,
// as clients do, gives the message, finish_reason, model and usage of the body
// that [Fold] makes of the same events.
//
// Requests are read strictly where a mistake would change the answer (types,
// roles, media) and tolerantly where it would not (unknown members). Parameters
// that have no effect here are named in [Request.Ignored], so that the caller can
// be told instead of wondering.
//
// The package knows neither HTTP nor processes. [Decode] and [Fold] may be called
// from any goroutine; an [Encoder] belongs to one answer and one goroutine.
//
// The wire format is that of https://platform.openai.com/docs/api-reference/chat.
// Outside of it is only reasoning_content, which carries the model's thinking in
// deltas and messages: DeepSeek's name for it, which clients have adopted.
package chat
