// Package sse writes server-sent events, each flushed at once. Those of chat completions
// have no name, and a last one says [DONE]; those of other protocols have one.
//
//	data: {"id":"chatcmpl-…","choices":[…]}
//
//	data: [DONE]
//
//	event: message_stop
//	data: {"type":"message_stop"}
//
// It never writes a comment. A line such as ": ping" is legal in the format but
// not in practice: some clients end the stream on it, and others throw it away
// before their watchdog sees it, so that it does not keep anything alive. What is
// to keep a stream alive must be a data event.
//
// A [Writer] belongs to one goroutine at a time.
//
// The format is that of https://html.spec.whatwg.org/multipage/server-sent-events.html,
// the closing [DONE] that of https://platform.openai.com/docs/api-reference/chat.
package sse
