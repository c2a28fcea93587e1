// Package toolbridge plays the MCP server through which the CLI gets to know the
// client's tools. It speaks JSON-RPC over the CLI's own stdin and stdout.
//
//	CLI: initialize, tools/list ──► Bridge.Answer ──► the request's tools
//	CLI: tools/call             ──► Call; answered by the client's result, or never
//
// A tool runs at the client, never here: the call is taken from the model's stream, and
// the CLI waits for what the client makes of it. So nothing that a model asks for can
// run on this machine.
//
// The protocol is MCP's, https://modelcontextprotocol.io/specification: of its
// messages the CLI sends three.
package toolbridge
