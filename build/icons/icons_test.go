package main

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

const committed = "../../assets/icons"

// The pixels are compared and not the files, because another version of Go may
// compress the same pixels into other bytes.
func TestTheCommittedFilesAreWhatIsDrawn(t *testing.T) {
	const remedy = "`go run ./build/icons` draws them all; delete what it does not draw"
	drawn := t.TempDir()
	require.NoError(t, write(drawn))
	require.Equal(t, names(t, drawn), names(t, committed), remedy)
	for _, name := range names(t, drawn) {
		want, got := decode(t, filepath.Join(drawn, name)), decode(t, filepath.Join(committed, name))
		require.True(t, want.Rect == got.Rect && bytes.Equal(want.Pix, got.Pix), "%s differs; %s", name, remedy)
	}
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	found := make([]string, len(entries))
	for i, entry := range entries {
		found[i] = entry.Name()
	}
	return found
}

func decode(t *testing.T, file string) *image.NRGBA {
	t.Helper()
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	picture, err := png.Decode(bytes.NewReader(data))
	require.NoError(t, err)
	require.IsType(t, &image.NRGBA{}, picture, file)
	return picture.(*image.NRGBA)
}

func TestCoverageIsTheShareOfThePixel(t *testing.T) {
	picture := image.NewNRGBA(image.Rect(0, 0, 3, 1))
	black := color.NRGBA{A: 0xff}
	render(picture, rect(0, 0, fine*3/2, fine), fine, plain(black))
	require.Equal(t, []byte{0xff, 0x80, 0}, []byte{picture.Pix[3], picture.Pix[7], picture.Pix[11]})
}

func TestShapesThatAreTheSameUpsideDownAreDrawnSo(t *testing.T) {
	for _, s := range states {
		if s.name == "starting" || s.name == "attention" {
			continue
		}
		for _, px := range traySizes {
			picture := tray(s, px, s.fill)
			for y := range px {
				for x := range px {
					require.Equal(t, picture.NRGBAAt(x, y), picture.NRGBAAt(x, px-1-y), "%s at %d px, pixel %d,%d", s.name, px, x, y)
				}
			}
		}
	}
}
