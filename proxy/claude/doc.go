// Package claude answers conversations by driving the user's own Claude Code CLI:
// long-lived child processes that read turns on stdin and print the model's answer
// as it comes.
//
//	Reply(ctx, Request) ─► events … Done, or an error
//	   │
//	   ▼
//	driver.go ── installation.go  which CLI, its version and models
//	   │           └ locate/, capabilities.go, models.go, signin.go
//	   │
//	   ├─ pool.go, ways.go, spare.go   which process: the cheapest exact way to the model
//	   │     │ holds.go, habits.go     what clients were seen to do
//	   │     └ process/, launch.go, command.go   starting it, with which flags and environment
//	   │
//	   └─ opening.go, turn.go, history.go, hold.go   what the process has not heard yet
//	         │
//	         ▼
//	      session.go  one process: lines in, messages out      streamjson/
//	         │
//	         ▼
//	      answer.go, diagnose.go  messages ─► events, or why it failed
//
// # The life of a request
//
// The driver learns the CLI first if it is new or its file has changed: it starts
// one process, asks it for its version and sends `initialize`, which costs no
// request upstream. Then the pool gives the request a process, the cheapest that
// there is:
//
//  1. a process that waits for the results of the calls it has made (hold.go);
//  2. one that keeps this conversation, recognised by [fingerprint]s of its turns;
//  3. one that was prepared for conversations that begin like this one;
//  4. a spare, started and warm, told nothing yet;
//  5. a spare that waits to read a history (package transcript);
//  6. a cold start: about 600 ms and as much CPU time.
//
// What each costs stands in ways.go.
//
// The process is told what it has not heard: a new one gets parameters, system
// prompt and the history, turn by turn, as real turns with their roles and blocks.
// The last turn is the question. What the CLI prints then goes through [answer],
// which knows when an answer is complete, when it has failed, and when the CLI
// would go on and ask upstream a second time, which nobody wants to pay: there the
// process is killed. After a plain end it keeps the conversation for the next turn.
//
// A request whose process dies is tried once more, on a new process, as long as
// upstream cannot have been asked yet; never after.
//
// # Who owns which goroutine
//
// Each session has one that reads its process's output, for the process's whole
// life, and those of its pipe, if it reads a history. The pool has one that ends what
// nobody uses, one for each process that waits for its end, one for each process being
// killed, and one for the spare on its way. The driver has one that prepares at the start, and one while a CLI is
// learned. [Driver.Close] returns when all of them have ended and no process is
// left. A request runs in the goroutine that ranges over [Driver.Reply].
//
// # Concurrency
//
// All methods of [Driver] may be called at any time from any goroutine. A session
// belongs to one request at a time; the pool's mutex hands it over, so its fields
// need no lock of their own. The number of processes is never above
// Config.MaxProcesses; only `claude auth status`, which runs for a second or two
// after the start, does not count.
package claude
