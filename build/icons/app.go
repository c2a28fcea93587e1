package main

import (
	"image"
	"image/color"
)

// The app's icon is white on these, from top to bottom.
var (
	tileTop    = color.NRGBA{0x3a, 0x6f, 0xe0, 0xff}
	tileBottom = color.NRGBA{0x10, 0x8f, 0x86, 0xff}
	white      = color.NRGBA{0xff, 0xff, 0xff, 0xff}
)

// app draws the app's own icon: the running icon as a relay station, which takes
// waves in on one side and sends them out on the other.
func app(px int) *image.NRGBA {
	picture := image.NewNRGBA(image.Rect(0, 0, px, px))
	g := grid{px: px, unit: fine}
	c := g.centre()

	edge, r := g.snap(1), g.free(3)
	a, b := edge+r, 2*c.x-edge-r
	tile := rounded(r, point{a, a}, point{b, a}, point{b, b}, point{a, b})
	render(picture, tile, g.unit, fade(tileTop, tileBottom))

	node := disc(c, g.free(7)/2)
	arrow := chevron(point{c.x + g.free(17)/8, c.y}, g.free(2), g.free(13)/8)
	sides := func(x, y int) bool { return 5*max(y-c.y, c.y-y) <= 4*max(x-c.x, c.x-x) }
	waves := both(ring(c, g.free(45)/8, g.free(37)/8), sides)
	render(picture, minus(union(waves, node), arrow), g.unit, plain(white))
	return picture
}
