package assets

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/png"
	"io/fs"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

func decode(t *testing.T, data []byte) *image.NRGBA {
	t.Helper()
	picture, err := png.Decode(bytes.NewReader(data))
	require.NoError(t, err)
	// 32 bits per pixel is also what Windows asks of a PNG inside an ICO.
	require.IsType(t, &image.NRGBA{}, picture)
	return picture.(*image.NRGBA)
}

func square(px int) image.Rectangle { return image.Rect(0, 0, px, px) }

func TestEachPictureHasItsPromisedSize(t *testing.T) {
	for _, icon := range All() {
		for _, px := range sizes {
			require.Equal(t, square(px), decode(t, icon.PNG(px)).Rect, "%s %d", icon, px)
		}
		require.Equal(t, square(32), decode(t, icon.Template()).Rect, icon)
	}
	for _, px := range appSizes {
		require.Equal(t, square(px), decode(t, AppPNG(px)).Rect, px)
	}
}

func TestASizeThatIsNotDrawnGivesTheNextLarger(t *testing.T) {
	for asked, given := range map[int]int{-1: 16, 0: 16, 16: 16, 17: 20, 21: 22, 23: 24, 25: 32, 44: 48, 49: 48, 1000: 48} {
		require.Equal(t, square(given), decode(t, Running.PNG(asked)).Rect, asked)
	}
	for asked, given := range map[int]int{0: 48, 49: 64, 200: 256, 512: 512, 1024: 512} {
		require.Equal(t, square(given), decode(t, AppPNG(asked)).Rect, asked)
	}
}

func TestOnlyTheConstantsAreIcons(t *testing.T) {
	require.Panics(t, func() { Icon("sleeping").PNG(16) })
}

func TestICOHoldsThePicturesOfWindows(t *testing.T) {
	le := binary.LittleEndian
	for _, icon := range All() {
		file := icon.ICO()
		require.Equal(t, []byte{0, 0, 1, 0}, file[:4], "an icon")
		require.EqualValues(t, 6, le.Uint16(file[4:]), "how many pictures")
		end := 6 + 6*16
		for n, px := range []int{16, 20, 24, 32, 40, 48} {
			entry := file[6+16*n:][:16]
			require.Equal(t, []byte{byte(px), byte(px), 0, 0, 1, 0, 32, 0}, entry[:8])
			length, offset := int(le.Uint32(entry[8:])), int(le.Uint32(entry[12:]))
			require.Equal(t, end, offset, "no gap, no overlap")
			end = offset + length
			require.Equal(t, square(px), decode(t, file[offset:end]).Rect)
		}
		require.Len(t, file, end)
	}
}

func TestTemplatesAreBlackAndTransparent(t *testing.T) {
	for _, icon := range All() {
		picture := decode(t, icon.Template())
		seen := map[byte]bool{}
		for i := 0; i < len(picture.Pix); i += 4 {
			require.Equal(t, []byte{0, 0, 0}, picture.Pix[i:i+3], icon)
			seen[picture.Pix[i+3]] = true
		}
		require.True(t, seen[0] && seen[0xff], "both what is shown and what is not")
	}
}

// Two states must not be taken for one another by somebody who sees no colours, on
// a small panel: at least three tenths of what the two cover together, and an eighth
// of the whole picture, is in one of them only.
func TestShapesDifferWithoutColour(t *testing.T) {
	for n, a := range All() {
		for _, b := range All()[:n] {
			for _, px := range []int{16, 22, 24} {
				one, other := decode(t, a.PNG(px)), decode(t, b.PNG(px))
				differ, covered := 0, 0
				for i := 3; i < len(one.Pix); i += 4 {
					x, y := int(one.Pix[i]), int(other.Pix[i])
					differ += max(x-y, y-x)
					covered += max(x, y)
				}
				ofShapes, ofPicture := float64(differ)/float64(covered), float64(differ)/float64(px*px*0xff)
				t.Logf("%s, %s at %d px: %.2f of the shapes, %.2f of the picture", a, b, px, ofShapes, ofPicture)
				require.Greater(t, ofShapes, 0.3)
				require.Greater(t, ofPicture, 0.125)
			}
		}
	}
}

// WCAG 2.2 wants 3:1 of graphics (1.4.11).
func TestColoursAreSeenOnDarkAndLightPanels(t *testing.T) {
	for _, icon := range All() {
		for _, px := range sizes {
			picture := decode(t, icon.PNG(px))
			fill := map[color.NRGBA]bool{}
			for i := 0; i < len(picture.Pix); i += 4 {
				if p := picture.Pix[i:]; p[3] != 0 {
					fill[color.NRGBA{p[0], p[1], p[2], 0xff}] = true
				}
			}
			require.Len(t, fill, 1, "one colour, also where an edge is half transparent")
			for c := range fill {
				dark, light := contrast(c, color.NRGBA{0x20, 0x20, 0x20, 0xff}), contrast(c, color.NRGBA{0xf0, 0xf0, 0xf0, 0xff})
				if px == 16 {
					t.Logf("%s: %.2f on dark, %.2f on light", icon, dark, light)
				}
				require.Greater(t, min(dark, light), 3.2, icon)
			}
		}
	}
}

// contrast is that of https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio.
func contrast(a, b color.NRGBA) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func luminance(c color.NRGBA) float64 {
	linear := func(v uint8) float64 {
		s := float64(v) / 0xff
		if s <= 0.04045 {
			return s / 12.92
		}
		return math.Pow((s+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(c.R) + 0.7152*linear(c.G) + 0.0722*linear(c.B)
}

// The first pixel that somebody meets on the way in, across a straight edge, is
// opaque; in the sizes that are shown at half theirs, the first two are.
func TestStraightEdgesAreSharp(t *testing.T) {
	for _, px := range sizes {
		depth := 1
		if px > 24 {
			depth = 2
		}
		for _, edge := range []struct {
			icon         Icon
			x, y, dx, dy int
			called       string
		}{
			{icon: Error, x: 0, y: px / 2, dx: 1, called: "left side"},
			{icon: Error, x: px - 1, y: px / 2, dx: -1, called: "right side"},
			{icon: Error, x: px / 2, y: 0, dy: 1, called: "top"},
			{icon: Attention, x: px / 2, y: px - 1, dy: -1, called: "bottom"},
		} {
			picture := decode(t, edge.icon.PNG(px))
			x, y := edge.x, edge.y
			for picture.NRGBAAt(x, y).A == 0 {
				x, y = x+edge.dx, y+edge.dy
			}
			for n := range depth {
				require.EqualValues(t, 0xff, picture.NRGBAAt(x+n*edge.dx, y+n*edge.dy).A, "%s of %s at %d px", edge.called, edge.icon, px)
			}
			require.Zero(t, (x+y-edge.x-edge.y)%depth, "%s of %s at %d px", edge.called, edge.icon, px)
		}
	}
}

func TestPicturesStaySmall(t *testing.T) {
	total := int64(0)
	require.NoError(t, fs.WalkDir(files, ".", func(_ string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		total += info.Size()
		return err
	}))
	t.Logf("%d bytes", total)
	require.Less(t, total, int64(100_000), "they are in the binary")
}
