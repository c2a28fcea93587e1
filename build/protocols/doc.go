// Package protocols holds the three protocols against each other: the same scenario, asked in
// each, goes through the whole proxy to the CLI and back.
//
//	chat.request.json ──────┐                        told.jsonl      upstream.json
//	responses.request.json ─┼─► proxy ─► the driver ────► the CLI ────► Anthropic
//	messages.request.json ──┘      │                         │
//	     *.stream, *.body.json ◄───┘                     cli.jsonl
//
// A scenario is a file of testdata; what goes upstream is compared where it has an upstream.json. What the CLI is told must be the same to the byte, whichever
// protocol the request came in; so must what the real CLIs then send upstream. What each
// protocol makes of the CLI's lines stands in the file, as a stream and as one body.
package protocols
