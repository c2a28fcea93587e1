package main

import (
	"fmt"
	"image"
	"image/color"
	"iter"
)

// traySizes are what panels ask for, in px. Those above 24 are the doubles of
// smaller ones, see [newGrid].
var traySizes = []int{16, 20, 22, 24, 32, 40, 48}

// templateSize is for SetTemplateIcon of fyne.io/systray, which makes every picture
// 16 points wide: 32 px are the pixels of a Retina display one to one. At 36, the
// size that Apple's guidelines lead to, the system would scale and blur it.
const templateSize = 32

// appSizes are those of icon themes, notifications and packages, in px.
var appSizes = []int{48, 64, 128, 256, 512}

// pictures gives every file's name with what is in it.
func pictures() iter.Seq2[string, *image.NRGBA] {
	return func(yield func(string, *image.NRGBA) bool) {
		for _, state := range states {
			for _, px := range traySizes {
				if !yield(fmt.Sprintf("%s-%d.png", state.name, px), tray(state, px, state.fill)) {
					return
				}
			}
			if !yield(state.name+"-template.png", tray(state, templateSize, color.NRGBA{A: 0xff})) {
				return
			}
		}
		for _, px := range appSizes {
			if !yield(fmt.Sprintf("app-%d.png", px), app(px)) {
				return
			}
		}
	}
}

// tray draws a state in one colour.
func tray(s state, px int, fill color.NRGBA) *image.NRGBA {
	picture := image.NewNRGBA(image.Rect(0, 0, px, px))
	g := newGrid(px)
	render(picture, s.draw(g), g.unit, plain(fill))
	return picture
}
