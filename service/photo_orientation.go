package service

import (
	"bytes"
	"encoding/binary"
	"image"
)

// exifOrientation reads how a JPEG must be turned to stand upright: the values 1
// to 8 of the EXIF tag 0x0112; 1 for anything without it. (Phones write pictures as
// the sensor lies and leave the turning to whoever shows them. The one value is read
// here, since the libraries for it are unmaintained or read all of EXIF.)
func exifOrientation(file []byte) int {
	if len(file) < 4 || file[0] != 0xFF || file[1] != 0xD8 {
		return 1
	}
	for at := 2; at+4 <= len(file) && file[at] == 0xFF; {
		length := int(binary.BigEndian.Uint16(file[at+2:]))
		end := at + 2 + length
		if length < 2 || end > len(file) {
			return 1
		}
		if body, ok := bytes.CutPrefix(file[at+4:end], []byte("Exif\x00\x00")); ok && file[at+1] == 0xE1 {
			return tiffOrientation(body)
		}
		at = end
	}
	return 1
}

func tiffOrientation(tiff []byte) int {
	if len(tiff) < 8 {
		return 1
	}
	var order binary.ByteOrder = binary.LittleEndian
	if tiff[0] == 'M' {
		order = binary.BigEndian
	}
	first := uint64(order.Uint32(tiff[4:]))
	if first+2 > uint64(len(tiff)) {
		return 1
	}
	for i := range uint64(order.Uint16(tiff[first:])) {
		entry := first + 2 + 12*i
		if entry+12 > uint64(len(tiff)) {
			return 1
		}
		if order.Uint16(tiff[entry:]) == 0x0112 {
			if v := int(order.Uint16(tiff[entry+8:])); v >= 1 && v <= 8 {
				return v
			}
			return 1
		}
	}
	return 1
}

// upright turns and mirrors a picture as its EXIF orientation asks.
func upright(src image.Image, orientation int) image.Image {
	if orientation == 1 {
		return src
	}
	b := src.Bounds()
	w, h := b.Dx(), b.Dy()
	size := image.Rect(0, 0, w, h)
	if orientation >= 5 {
		size = image.Rect(0, 0, h, w)
	}
	dst := image.NewRGBA(size)
	for y := range h {
		for x := range w {
			to := image.Pt(x, y)
			switch orientation {
			case 2:
				to = image.Pt(w-1-x, y)
			case 3:
				to = image.Pt(w-1-x, h-1-y)
			case 4:
				to = image.Pt(x, h-1-y)
			case 5:
				to = image.Pt(y, x)
			case 6:
				to = image.Pt(h-1-y, x)
			case 7:
				to = image.Pt(h-1-y, w-1-x)
			case 8:
				to = image.Pt(y, w-1-x)
			}
			dst.Set(to.X, to.Y, src.At(b.Min.X+x, b.Min.Y+y))
		}
	}
	return dst
}
