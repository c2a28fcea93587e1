package main

// fine is how many lengths a pixel of the layout is wide: enough for half pixels
// and for the points that [render] asks about.
const fine = 64

// grid lays a shape out at one size. Shapes are described in sixteenths of the
// picture; the grid rounds each to whole pixels, so that a line that is 2 px wide
// in 16 is 3 in 22, and sharp in both.
type grid struct {
	px   int // of the layout
	unit int // how many lengths a pixel of the picture is wide
}

// newGrid gives the grid of a tray icon. One above 24 px is laid out at half its
// size, because it may well be shown at that: for a notification area of 16, 20 or
// 24 px systray has Windows load 32, 40 or 48 px, and it shows the same template on
// a Retina display and a plain one. So the half is as sharp as the whole.
func newGrid(px int) grid {
	if px > 24 {
		return grid{px: px / 2, unit: fine / 2}
	}
	return grid{px: px, unit: fine}
}

// snap is the number of whole pixels next to n sixteenths, as a length. A half is
// rounded up.
func (g grid) snap(n int) int { return (n*g.px + 8) / 16 * fine }

// free is n sixteenths as they are, for round and slanting edges, which no grid
// makes sharper.
func (g grid) free(n int) int { return n * g.px * fine / 16 }

// centre is the middle of the picture, between two pixels.
func (g grid) centre() point { return point{g.px * fine / 2, g.px * fine / 2} }
