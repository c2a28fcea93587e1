package main

import "slices"

// shape says whether a point belongs to it. Its edge does, so that a shape that is
// its own mirror image is drawn as one.
type shape func(x, y int) bool

type point struct{ x, y int }

func disc(centre point, radius int) shape {
	return func(x, y int) bool {
		x, y = x-centre.x, y-centre.y
		return x*x+y*y <= radius*radius
	}
}

func ring(centre point, outer, inner int) shape {
	return minus(disc(centre, outer), disc(centre, inner))
}

func rect(left, top, right, bottom int) shape {
	return func(x, y int) bool { return left <= x && x <= right && top <= y && y <= bottom }
}

// polygon may be hollowed (a chevron is) but must not cross itself.
func polygon(corners ...point) shape {
	return func(x, y int) bool {
		inside := false
		a := corners[len(corners)-1]
		for _, b := range corners {
			side := (b.x-a.x)*(y-a.y) - (b.y-a.y)*(x-a.x)
			if side == 0 && min(a.x, b.x) <= x && x <= max(a.x, b.x) && min(a.y, b.y) <= y && y <= max(a.y, b.y) {
				return true
			}
			// A ray to the right crosses the edges that begin on one side of it and
			// end on the other.
			if (a.y > y) != (b.y > y) && (side > 0) == (b.y > a.y) {
				inside = !inside
			}
			a = b
		}
		return inside
	}
}

// rounded is a polygon grown by a radius, which rounds its corners.
func rounded(radius int, corners ...point) shape {
	core := polygon(corners...)
	return func(x, y int) bool {
		if core(x, y) {
			return true
		}
		a := corners[len(corners)-1]
		for _, b := range corners {
			if near(point{x, y}, a, b, radius) {
				return true
			}
			a = b
		}
		return false
	}
}

// near says whether p is no further than radius from the line from a to b.
func near(p, a, b point, radius int) bool {
	dx, dy := b.x-a.x, b.y-a.y
	length := dx*dx + dy*dy
	along := (p.x-a.x)*dx + (p.y-a.y)*dy
	switch {
	case along <= 0:
		return disc(a, radius)(p.x, p.y)
	case along >= length:
		return disc(b, radius)(p.x, p.y)
	}
	side := dx*(p.y-a.y) - dy*(p.x-a.x)
	return side*side <= radius*radius*length
}

func union(shapes ...shape) shape {
	return func(x, y int) bool {
		return slices.ContainsFunc(shapes, func(s shape) bool { return s(x, y) })
	}
}

// both is what two shapes have in common.
func both(a, b shape) shape {
	return func(x, y int) bool { return a(x, y) && b(x, y) }
}

// minus cuts holes into a shape.
func minus(s shape, holes ...shape) shape {
	hole := union(holes...)
	return func(x, y int) bool { return s(x, y) && !hole(x, y) }
}
