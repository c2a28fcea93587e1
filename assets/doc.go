// Package assets holds the pictures of the desktop app: the tray icon in its five
// states, and the app's own icon.
//
//	Running     full disc, a chevron cut out     it answers requests
//	Starting    open ring, a chevron in it       it will in a moment
//	Stopped     closed ring, a square in it      the user wants it so
//	Attention   triangle, "!" cut out            the user has to do something
//	Error       square, a cross cut out          it failed
//
// Each state has an outline of its own and a colour of middle lightness, so that
// it is known without colours, and seen on dark panels and light ones. A picture
// is drawn for each size rather than scaled; the files in icons are written by
// `go run ./build/icons`, where the drawings are.
//
// What each system's tray wants of them, through fyne.io/systray:
//
//	Linux     SetIcon(icon.PNG(px))              one picture, which the panel scales
//	Windows   SetIcon(icon.ICO())
//	macOS     SetTemplateIcon(icon.Template(), icon.PNG(32))
//
// The bytes that the functions return are the caller's own.
package assets
