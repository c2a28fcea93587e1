package main

import "image/color"

// state is one of the five tray icons, see package assets for what they mean.
type state struct {
	name string
	fill color.NRGBA
	draw func(grid) shape
}

// The colours are of middle lightness: each has a contrast of more than 3:1 both to
// a dark panel and to a light one, which is what WCAG wants of graphics. Colour
// only helps; the shapes tell the states apart without it.
var states = []state{
	{"running", color.NRGBA{0x17, 0x8f, 0x5b, 0xff}, running},
	{"starting", color.NRGBA{0x2f, 0x7f, 0xd8, 0xff}, starting},
	{"stopped", color.NRGBA{0x80, 0x85, 0x8c, 0xff}, stopped},
	{"attention", color.NRGBA{0xb8, 0x75, 0x0a, 0xff}, attention},
	{"error", color.NRGBA{0xdd, 0x46, 0x4c, 0xff}, failed},
}

// running is a full disc that passes something on.
func running(g grid) shape {
	c := g.centre()
	return minus(disc(c, g.snap(7)), chevron(point{c.x + g.snap(4), c.y}, g.snap(4), g.snap(3)))
}

// starting is the ring that turns while something loads. It is open by more than a
// quarter, so that on a small grey panel it is not taken for the closed one.
func starting(g grid) shape {
	c, r := g.centre(), g.snap(7)
	return union(
		minus(ring(c, r, r-g.snap(2)), rect(c.x+g.snap(1), 0, 2*c.x, c.y+g.snap(2))),
		chevron(point{c.x + g.snap(3), c.y}, g.snap(3), g.snap(2)))
}

// stopped is the ring alone, round the square of a stop button.
func stopped(g grid) shape {
	c, r, half := g.centre(), g.snap(7), g.snap(2)
	return union(ring(c, r, r-g.snap(2)), rect(c.x-half, c.y-half, c.x+half, c.y+half))
}

// attention is the triangle of a warning sign.
func attention(g grid) shape {
	line := g.snap(2)
	// A bar of an odd number of pixels has its middle in the middle of one, and the
	// triangle has it there too.
	x := g.centre().x + line%(2*fine)/2
	bottom, r := g.snap(15), g.free(3)/2
	sign := rounded(r, point{x, g.free(5) / 2}, point{x + g.free(6), bottom - r}, point{x - g.free(6), bottom - r})
	return minus(sign,
		rect(x-line/2, g.snap(5), x+line-line/2, g.snap(10)),
		rect(x-line/2, g.snap(11), x+line-line/2, g.snap(11)+line))
}

// failed is a square, the one outline with corners on all sides, and a cross.
func failed(g grid) shape {
	c, r := g.centre(), g.free(5)/2
	side := g.snap(7) - r
	sign := rounded(r,
		point{c.x - side, c.y - side}, point{c.x + side, c.y - side},
		point{c.x + side, c.y + side}, point{c.x - side, c.y + side})
	return minus(sign, cross(c, g.snap(4), g.snap(3)))
}

// chevron points to the right, to its tip. It reaches as far up and down as it is
// high; line is its width along a row of pixels.
func chevron(tip point, high, line int) shape {
	back := tip.x - high
	return polygon(
		point{back - line, tip.y - high}, point{back, tip.y - high}, tip,
		point{back, tip.y + high}, point{back - line, tip.y + high}, point{tip.x - line, tip.y})
}

// cross reaches from its centre as far as high in each direction, where it ends
// in straight edges; line is its width along a row of pixels.
func cross(c point, high, line int) shape {
	return both(
		rect(c.x-high, c.y-high, c.x+high, c.y+high),
		func(x, y int) bool {
			x, y = x-c.x, y-c.y
			return 2*max(x-y, y-x) <= line || 2*max(x+y, -x-y) <= line
		})
}
