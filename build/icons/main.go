// Command icons draws the pictures in assets/icons: the five states of the tray
// icon at each size that trays ask for, the templates of the macOS menu bar, and
// the app's own icon.
//
//	go run ./build/icons        # from the module's root; then look at what changed
//
// The pictures are drawn, not scaled. [grid] lays a shape out anew at each size,
// so that straight edges fall between two pixels; [render] then counts how much of
// each pixel the shape covers. All geometry is in whole numbers: floating point may
// be fused on one processor and not on the next, and a test holds that the files
// are what this program draws.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
)

func main() {
	dir := flag.String("dir", filepath.Join("assets", "icons"), "`folder` to write to")
	flag.Parse()
	if err := write(*dir); err != nil {
		fmt.Fprintln(os.Stderr, "icons:", err)
		os.Exit(1)
	}
}

// write puts every picture into dir, which has to be there.
func write(dir string) error {
	for name, picture := range pictures() {
		data, err := encode(picture)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			return err
		}
	}
	return nil
}

func encode(picture image.Image) ([]byte, error) {
	var buf bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	err := encoder.Encode(&buf, picture)
	return buf.Bytes(), err
}
