package main

import (
	"image"
	"image/color"
)

// paint is the colour of a row of pixels, of height rows in all.
type paint func(row, height int) color.NRGBA

func plain(c color.NRGBA) paint {
	return func(int, int) color.NRGBA { return c }
}

// fade goes from one colour at the top to another at the bottom.
func fade(top, bottom color.NRGBA) paint {
	return func(row, height int) color.NRGBA {
		mix := func(a, b uint8) uint8 {
			return uint8((int(a)*(height-1-row) + int(b)*row + (height-1)/2) / (height - 1))
		}
		return color.NRGBA{mix(top.R, bottom.R), mix(top.G, bottom.G), mix(top.B, bottom.B), 0xff}
	}
}

// render lays a shape over a picture, a pixel being unit lengths wide. A pixel that
// the shape covers in part becomes transparent by the part that is left, which is
// found by asking the shape about 256 points in it, and about fewer in the large
// pictures of the app, where nobody sees the difference.
func render(dst *image.NRGBA, s shape, unit int, p paint) {
	samples := 16
	switch px := dst.Rect.Dx(); {
	case px > 256:
		samples = 4
	case px > 64:
		samples = 8
	}
	step := unit / samples
	for y := range dst.Rect.Dy() {
		c := p(y, dst.Rect.Dy())
		for x := range dst.Rect.Dx() {
			hits := 0
			for sy := y*unit + step/2; sy < (y+1)*unit; sy += step {
				for sx := x*unit + step/2; sx < (x+1)*unit; sx += step {
					if s(sx, sy) {
						hits++
					}
				}
			}
			c.A = uint8((hits*0xff + samples*samples/2) / (samples * samples))
			dst.SetNRGBA(x, y, over(dst.NRGBAAt(x, y), c))
		}
	}
}

// over is top laid over below, with rounding.
func over(below, top color.NRGBA) color.NRGBA {
	t, b := int(top.A)*0xff, int(below.A)*(0xff-int(top.A))
	all := t + b
	if all == 0 {
		return color.NRGBA{}
	}
	mix := func(x, y uint8) uint8 { return uint8((int(x)*t + int(y)*b + all/2) / all) }
	return color.NRGBA{mix(top.R, below.R), mix(top.G, below.G), mix(top.B, below.B), uint8((all + 0x7f) / 0xff)}
}
