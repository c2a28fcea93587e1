// Package codectest is for the tests of codecs, which all have the same law and the same kind
// of golden files: scenarios, each a file of requests, events and what a protocol makes of
// them.
//
//	request.json        a request's body
//	conversation.json   what it is in the neutral model
//	error.json          or why it is none
//	events.jsonl        the events of an answer; see [ReadEvents]
//	stream.jsonl        the events of the protocol's stream
//	body.json           the body, where it is not streamed
package codectest
