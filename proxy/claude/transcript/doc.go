// Package transcript gives the CLI a conversation's history as the session that it
// resumes, without a file.
//
//	claude --resume DIR/ID.jsonl      DIR/ID.jsonl is a named pipe:
//	   │ starts up                    Pipe
//	   ▼                                │
//	opens it, and waits ──────────────► │ Waiting
//	                                    ◄ Tell(lines)
//	reads it, goes on with stdin ◄──────┘
//
// So a process can be started ahead, wait at the very place where it needs the
// history, and take it at once when a request brings it: 400 turns in 0.1 to 0.2 s, where
// telling them turn by turn on stdin takes 0.8 to 1.9 s. Nothing of it is written to a disk.
//
// The CLI opens the file more than once, one time after the other, to look at its beginning
// and at its end. Each opening gets a pipe of its own and the whole text: before a pipe
// is written to, the next one takes its name.
//
// The lines are those of the CLI's own session files, which Anthropic has not documented;
// see [Append]. A session has to end with an answer that calls no tools: after any
// other end the CLI adds words of its own.
package transcript
