// Package claudetest is for tests that need a Claude Code CLI: the real ones of
// two versions, and a scripted stand-in for what only a broken one does.
//
// # The real ones
//
// [Each] runs a test once per version, against a CLI that `make test` has fetched;
// [Environment] points it at a model on loopback.
//
// # The stand-in
//
// Children run a small program of their own, standin, which is built once for all tests
// of a package: a test binary would be slow to start, most of all with the race
// detector. The test holds the script: at each [Stage] the child asks over a loopback
// connection what to do.
//
//	test process                              child (the program standin)
//	StandIn ◄── Event{PID, Stage, Line} ───── stdin lines, as they come
//	   │ Script(Event) Action ──────────────►   │
//	   │                                        └ speaks stream-json as the CLI does
//	   └ Live, MostLive, Events: what really happened
//
// A Script that blocks holds the child at that stage; that is how tests make races
// deterministic. Without an action the child does what a healthy CLI does: it
// answers the handshake, acknowledges silent lines, and answers a turn with the
// turn's own text.
//
// TestMain runs the tests through [Main], which removes the program when they are done.
package claudetest
