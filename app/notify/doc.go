// Package notify tells the person at the desktop what they have to know, and no more
// than that.
//
//	Controller ──Changed──► Desk ── policy ──► courier ──► Sender
//	a click ─────Tell─────►   └ timer  (pure)   bounded     D-Bus, or beeep;
//	                                            queue       a call at a time
//
// What is worth a notice, and when, is decided by [policy], a value without clock or
// goroutine: it is handed every change of the state, and the time. It remembers which
// episode of a trouble has been told of, so that nothing is told twice.
//
// A [Desk] owns two goroutines, which [Desk.Close] waits for: one keeps the time, for
// what the policy puts off, and the courier hands over one notice after the other.
// Whatever a desktop does, Changed and Tell do not wait for it: the courier gives each
// call a deadline and leaves behind at most one that does not return.
//
// # Linux
//
// Notices go over D-Bus on a connection of their own, not through beeep. Beeep uses
// the connection that godbus shares within a process, which is systray's, too. Systray
// takes any signal on it that has fewer than three values for its own end; the desktop
// sends such a one, NotificationClosed, when a person closes a notice. The tray icon
// would then never come back after a restart of the panel. Beeep besides can mark a
// notice as critical only with a sound and a BEL on stdout, has no deadline, and starts
// a stray dbus-launch where there is no session. On macOS and Windows none
// of that holds, and beeep does the work.
package notify
