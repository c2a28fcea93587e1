// Package sse writes server-sent events as OpenAI's streams use them: nameless
// data events, each flushed at once, and a last one that says [DONE].
//
//	data: {"id":"chatcmpl-…","choices":[…]}
//
//	data: [DONE]
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
