// Package soak drives the built program with a mixed load for as long as one likes, kills
// what can be killed meanwhile, and looks whether every answer is right and everything
// comes back.
//
//	workers: visits of one seed ─► claude-max-api serve ─► claude ─► the model
//	   │        ▲       │ SIGKILL       │ SIGKILL            └ the real CLI before offline.Server,
//	   │        │       │               │                      or claudetest's stand-in
//	   └ judge: what came, against what had to come
//	census: processes, memory, goroutines, descriptors ─► the table
//
// # What is right
//
// Every text that a client sends has a mark of its own, and an answer is a function of all
// marks that the model got, in their order (marks_test.go). So an answer that was meant for
// another request, or was given without a part of the conversation, or with a part of
// another one, is a wrong one, and so is one that lacks a piece, has one twice, or looks
// complete although its process was killed. What a client sends makes the model do more
// than answer: fail, break off, fall silent, call tools (deed_test.go).
//
// # What comes back
//
// The proxy is stopped and started through the app's own commands: before the load and
// after it the program is looked at with a stopped proxy, where it has the same goroutines
// and descriptors and no process at all. How many goroutines a program has, its runtime
// knows; they are read from its memory (goroutines_test.go), so that the product needs no
// way to tell.
//
// # The same again
//
// A seed gives the same visits, whichever worker gets them. What they meet depends on the
// machine's pace, as in life.
//
// All of it is tests. `make soak` runs them for longer; the plain tests run them for
// minutes.
package soak
