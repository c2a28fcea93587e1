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
// The test binary starts itself as the CLI: its TestMain calls [Main] first, which
// returns at once in the test and plays the CLI in the child. The test holds the
// script: at each [Stage] the child asks over a loopback connection what to do.
//
//	test process                              child (the same binary)
//	StandIn ◄── Event{PID, Stage, Line} ───── Main: stdin lines, as they come
//	   │ Script(Event) Action ──────────────►   │
//	   │                                        └ speaks stream-json as the CLI does
//	   └ Live, MostLive, Events: what really happened
//
// A Script that blocks holds the child at that stage; that is how tests make races
// deterministic. Without an action the child does what a healthy CLI does: it
// answers the handshake, acknowledges silent lines, and answers a turn with the
// turn's own text.
package claudetest
