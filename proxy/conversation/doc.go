// Package conversation is the neutral model that every wire protocol is
// translated into and that the CLI driver answers.
//
//	openai/chat ─┐                          ┌─► events ─► openai/chat
//	   (others) ─┼─► Request ─► a Backend ──┤
//	             ┘                          └─► Error
//
// A [Request] is a system prompt, the turns so far and parameters. An answer is
// a sequence of [Event] values that ends with [Done], or an [Error]. The shapes
// follow Anthropic's Messages API, because that is what the other end speaks:
// https://docs.anthropic.com/en/api/messages. Nothing here knows HTTP, JSON
// envelopes of a client protocol, or processes; the package imports the standard
// library only. Values are not changed after they were handed on, so they may be
// shared between goroutines.
package conversation
