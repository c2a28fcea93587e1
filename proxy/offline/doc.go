// Package offline is a scripted stand-in for Anthropic's Messages API on
// loopback. The real Claude Code CLI talks to it through ANTHROPIC_BASE_URL, so
// the demo, the tests and the benchmarks exercise the whole product without an
// account, a network or a cost.
//
//	client ─► proxy ─► claude (the real CLI) ─► offline.Server
//	                                              │ Respond(*Request) Reply
//	                                              └ nil: Demo, see Scenarios
//
// A [Reply] is a small script made of the constructors in this package:
//
//	offline.Text("Hel", "lo")
//	offline.Fail(529, "overloaded_error", "Overloaded")
//	offline.Script(offline.Text("a"), offline.Wait(gate), offline.Text("b"), offline.Cut())
//
// Without a responder of its own a server plays [Demo]: a pleasant answer, or the
// scenario that the last user message names, as in "offline:rate_limited" or
// "offline:echo(pong)".
//
// The wire format follows https://docs.anthropic.com/en/api/messages,
// https://docs.anthropic.com/en/docs/build-with-claude/streaming and
// https://docs.anthropic.com/en/api/errors. Only the standard library is used,
// because the demo links this package into the product.
//
// A [Server] owns one goroutine that accepts and one for each connection;
// [Server.Close] cuts them off and waits for them. All methods may be called from
// any goroutine. Respond is called from the connection's goroutine, so several
// calls can run at the same time.
package offline
