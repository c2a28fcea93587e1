package assets

import "encoding/binary"

// icoSizes are those of Windows' notification area and task bar, from 100 % to
// 300 % of scaling, in px. 22 is a size of Linux panels only.
var icoSizes = []int{16, 20, 24, 32, 40, 48}

// ICO gives the icon for Windows, a file with a picture each of 16, 20, 24, 32, 40
// and 48 px.
func (i Icon) ICO() []byte {
	pictures := make([][]byte, len(icoSizes))
	for n, px := range icoSizes {
		pictures[n] = i.PNG(px)
	}
	return ico(icoSizes, pictures)
}

// ico packs PNG files into one ICO file, as Windows reads it since Vista:
// ICONDIR, an ICONDIRENTRY for each picture, and the pictures. The layout is that of
// https://learn.microsoft.com/previous-versions/ms997538(v=msdn.10).
func ico(sizes []int, pictures [][]byte) []byte {
	const head, entry = 6, 16
	le := binary.LittleEndian
	file := le.AppendUint16(nil, 0) // reserved
	file = le.AppendUint16(file, 1) // an icon, not a cursor
	file = le.AppendUint16(file, uint16(len(pictures)))
	offset := head + entry*len(pictures)
	for n, px := range sizes {
		file = append(file, byte(px), byte(px), 0, 0) // width, height, no palette, reserved
		file = le.AppendUint16(file, 1)               // planes
		file = le.AppendUint16(file, 32)              // bits per pixel
		file = le.AppendUint32(file, uint32(len(pictures[n])))
		file = le.AppendUint32(file, uint32(offset))
		offset += len(pictures[n])
	}
	for _, picture := range pictures {
		file = append(file, picture...)
	}
	return file
}
