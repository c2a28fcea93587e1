// Package apptest is for tests that run the command as its user does: they [Build] it, give it
// [Settings] of its own in a home of its own, and [Start] it.
package apptest
