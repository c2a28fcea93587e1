// Package responses speaks OpenAI's Responses API: it turns a request's body into a
// [conversation.Request], and the events of the answer into a stream of events or into
// one body.
//
//	body ─► Store.Decode ─► Request.Conversation ─► a Backend ─► events ─┬─► Encoder ─► events (sse)
//	            ▲                                                        └─► Fold ────► one body
//	            └─────────────────── remembered responses ◄── Encoder ◄──────┘
//
// A body is what the last event of a stream carries: [Fold] runs an [Encoder], so both say
// the same.
//
// The API has a memory: a request may go on from an earlier response by its id, or point
// at an item of one. [Store] keeps a bounded amount of them, in memory only.
//
// What a model thought before it spoke travels as a reasoning item: what people may read as
// its summary, and all that upstream wants back in encrypted_content, which clients send
// back as it is; see carrier.go.
//
// Tools of the kinds "function" and "custom" reach the model, also those in a "namespace".
// Others run at OpenAI, or are known to its models only: they are left out, and named in
// [Request.Ignored].
//
// The package knows neither HTTP nor processes. A [Store] may be used from any goroutine; an
// [Encoder] belongs to one answer and one goroutine.
//
// The wire format is that of https://platform.openai.com/docs/api-reference/responses.
package responses
