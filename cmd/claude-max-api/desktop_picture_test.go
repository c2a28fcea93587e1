//go:build linux

package main

import (
	"image"
	"image/color"
)

// textRows finds the lines of text in a menu: rows of pixels that are not all of the
// background's colour, with some of the background between them. Separators are
// lines of a pixel or two from edge to edge.
func textRows(picture image.Image, menu image.Rectangle) []image.Rectangle {
	menu = menu.Inset(4) // the frame
	background := commonest(picture, menu, nil)
	var rows []image.Rectangle
	begun := -1
	for y := menu.Min.Y; y <= menu.Max.Y; y++ {
		inked := false
		for x := menu.Min.X; x < menu.Max.X && y < menu.Max.Y && !inked; x++ {
			inked = distance(picture.At(x, y), background) > 60
		}
		switch {
		case inked && begun < 0:
			begun = y
		case !inked && begun >= 0:
			if y-begun > 3 {
				rows = append(rows, image.Rect(menu.Min.X, begun, menu.Max.X, y))
			}
			begun = -1
		}
	}
	return rows
}

// commonest is the colour that most pixels have, some colours left out.
func commonest(picture image.Image, within image.Rectangle, but func(color.Color) bool) color.Color {
	count := map[color.NRGBA]int{}
	var best color.NRGBA
	for y := within.Min.Y; y < within.Max.Y; y++ {
		for x := within.Min.X; x < within.Max.X; x++ {
			c := color.NRGBAModel.Convert(picture.At(x, y)).(color.NRGBA)
			if but != nil && but(c) {
				continue
			}
			if count[c]++; count[c] > count[best] {
				best = c
			}
		}
	}
	return best
}

// distance between two colours, as the sum over red, green and blue, of 255 each.
func distance(a, b color.Color) int {
	p, q := color.NRGBAModel.Convert(a).(color.NRGBA), color.NRGBAModel.Convert(b).(color.NRGBA)
	return abs(p.R, q.R) + abs(p.G, q.G) + abs(p.B, q.B)
}

func abs(a, b uint8) int {
	if a > b {
		return int(a - b)
	}
	return int(b - a)
}

// colourOf is what an icon is drawn in.
func colourOf(icon image.Image) color.Color {
	return commonest(icon, icon.Bounds(), func(c color.Color) bool {
		_, _, _, alpha := c.RGBA()
		return alpha < 0xffff
	})
}

// has says whether enough pixels of a part of the picture have about that colour.
func has(picture image.Image, within image.Rectangle, wanted color.Color) bool {
	n := 0
	for y := within.Min.Y; y < within.Max.Y; y++ {
		for x := within.Min.X; x < within.Max.X; x++ {
			if distance(picture.At(x, y), wanted) < 30 {
				n++
			}
		}
	}
	return n >= 20
}
