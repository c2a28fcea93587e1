// Package proxy is the HTTP front: an OpenAI-compatible API on this machine's
// loopback interface.
//
//	client ─► guards (Host, Origin, key, size) ─► route ─► codec ─► Backend
//	                                                        codec ◄─ events
//
// It knows routes, limits and statuses. What a request means is the codecs'
// matter (package openai/chat), who answers it the [Backend]'s. A [Server] may
// be used by any number of goroutines; each request runs in net/http's own
// goroutine and waits for the one that it starts.
package proxy
