// Package schema reads the JSON Schemas that clients send: the parameters of their
// functions, and the form that an answer is to have.
//
//	Check       every keyword has a value of its kind, else an error that names it
//	Parameters  a function's arguments in the form that reaches the model whole
//
// Upstream takes draft 2020-12, https://json-schema.org/draft/2020-12, and refuses a
// request with anything else in it. The CLI between us and upstream is worse: what it
// does not understand it leaves out, one tool or all of them, and says nothing. So
// nothing goes there that was not checked.
//
// The check is our own and not a library's with the meta-schema, because a client's
// author has to be told which keyword of which tool is wrong, and what belongs there.
//
// Everything here is pure, and may be called by any number of goroutines.
package schema
