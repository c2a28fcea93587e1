// Package tray is the app's face: an icon and a menu in the menu bar or system tray.
//
//	app.State ─► Look (pure) ─► renderer: what changed since the last one ─► systray
//	click ─► the action that the line had when it was drawn ─► app.Do
//
// It keeps no truth of its own. The library, fyne.io/systray, has traps that this
// package is there for: one goroutine touches the menu, every line's channel has
// room for quick clicks, and without a D-Bus session the library is never entered,
// because it cannot be left again.
package tray
