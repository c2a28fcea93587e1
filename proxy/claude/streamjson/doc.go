// Package streamjson reads and writes the lines that the Claude Code CLI speaks
// on stdin and stdout in its stream-json mode: one JSON object per line, both
// ways.
//
//	Reader:  stdout ─► Message (StreamEvent, Result, RateLimit, …)
//	Append…: Turn, control request ─► one line for stdin
//
// The format is the one of Anthropic's Agent SDKs
// (https://docs.anthropic.com/en/docs/claude-code/sdk); parts of it are not
// documented, so unknown types and unknown fields are skipped, never refused. The
// package is pure: no processes, no goroutines. A Reader belongs to one goroutine.
package streamjson
