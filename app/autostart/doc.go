// Package autostart starts the app when its user logs in, and says whether that
// is so.
//
//	Entry ──► fit          may this program be an entry at all?
//	      ──► write ──► read back ──► the same? ──► otherwise undone
//
//	Linux, BSD  ~/.config/autostart/ID.desktop     by go-autostart
//	macOS       ~/Library/LaunchAgents/ID.plist    by go-autostart
//	Windows     HKCU\…\CurrentVersion\Run, ID      by the registry
//
// What is on disk is the only truth: an Entry remembers nothing, and every call
// looks again, because desktops have switches of their own for the same thing.
// Calls must not run at the same time for one ID.
//
// The library writes what it is given without a check: its quoting is Go's, not
// that of the files. So what it cannot carry is refused before, and what it wrote
// is read back by the rules of the system that will read it.
package autostart
