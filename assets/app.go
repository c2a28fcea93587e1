package assets

// appSizes are the drawn ones of the app's icon, in px.
var appSizes = []int{48, 64, 128, 256, 512}

// AppPNG gives the app's own icon, for notifications, launchers and packages, in
// px × px or else the next larger of 48, 64, 128, 256 and 512. Nothing is larger
// than 512.
func AppPNG(px int) []byte {
	return read("app", size(appSizes, px))
}
