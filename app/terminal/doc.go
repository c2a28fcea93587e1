// Package terminal opens a window of the user's own terminal program in which a
// command runs, for what a person has to answer there.
//
//	Linux, BSD  the environment and PATH ──candidates──► command lines, best first
//	            ──start──► the first that does not fail at once
//	macOS       a private script that removes itself, for Terminal.app
//	Windows     a new console
//
// [Open] returns when the window was asked for; nobody waits for it, and it outlives
// the app. Where the program itself reaps what it started, one goroutine for each
// window waits for its end.
package terminal
