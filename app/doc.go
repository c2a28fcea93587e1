// Package app is the desktop app without its face: it owns the proxy's life and
// knows, at every moment, how things stand.
//
//	tray, command line ──Do──►┐
//	the run of the proxy ─────┤ Msg                      ┌─► views: tray, log,
//	watcher (clock, files) ───┴────► step(State, Msg) ───┤   notifications
//	                                                     └─► Effect ──► Ports
//
// One goroutine, [Controller.Run], owns the [State]. It is a value: whoever
// has one may keep it. [step] is pure and decides everything; effects are carried
// out beside it and report back as messages. Views are told of every change,
// in order, and must not block. The package knows no proxy, no tray and no
// desktop: cmd gives it all of them as [Ports].
package app
