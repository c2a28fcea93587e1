// Package wire has what every protocol needs to write: JSON as it goes over the wire, and
// ids that look like those of OpenAI and Anthropic.
//
// Everything here may be called from any goroutine.
package wire
