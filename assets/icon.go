package assets

import (
	"embed"
	"fmt"
	"slices"
)

//go:embed icons/*.png
var files embed.FS

// Icon is a state of the tray icon. Only the constants are icons; with any other
// value the methods panic.
type Icon string

// The states, see the package comment for how each one looks.
const (
	Running   Icon = "running"
	Starting  Icon = "starting"
	Stopped   Icon = "stopped"
	Attention Icon = "attention" // not signed in, at the plan's limit, or no CLI
	Error     Icon = "error"
)

// All gives every state.
func All() []Icon {
	return []Icon{Running, Starting, Stopped, Attention, Error}
}

// sizes are the drawn ones of a tray icon, in px.
var sizes = []int{16, 20, 22, 24, 32, 40, 48}

// PNG gives the picture of px × px, or else the next larger one that there is, of
// 16, 20, 22, 24, 32, 40 and 48. Nothing is larger than 48.
func (i Icon) PNG(px int) []byte {
	return read(string(i), size(sizes, px))
}

// Template gives the picture for the macOS menu bar, a PNG of 32 × 32 px that is
// black where it is not transparent: the system gives it the colour of the bar.
// 32 px are what systray's 16 points are on a Retina display.
func (i Icon) Template() []byte {
	return read(string(i), "template")
}

// size is the smallest of those drawn that px fits into, or the largest.
func size(drawn []int, px int) int {
	at, _ := slices.BinarySearch(drawn, px)
	return drawn[min(at, len(drawn)-1)]
}

func read(name string, variant any) []byte {
	data, err := files.ReadFile(fmt.Sprintf("icons/%s-%v.png", name, variant))
	if err != nil {
		panic("assets: " + err.Error())
	}
	return data
}
