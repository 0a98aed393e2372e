package service

import "unicode/utf8"

// Vault keeps secrets: what it seals can only be read with its keys, which are
// never in the store.
type Vault interface {
	// Seal encrypts text for one place (collection|id|field); it can be opened for
	// that place alone.
	Seal(text, place string) ([]byte, error)
	// Open returns the text sealed for the place.
	Open(sealed []byte, place string) (string, error)
	// Digest is a keyed hash (32 bytes) of the text, the same for the same purpose
	// and text: a blind index, or the proof of a code.
	Digest(purpose, text string) []byte
}

// Sealed is a text that is encrypted at rest. Mask is what may be shown of it.
type Sealed struct {
	Text  []byte `bson:"text"`
	Mask  string `bson:"mask"`
	Index []byte `bson:"index"` // finds equal texts without opening them
}

func sealText(v Vault, text, mask, place, purpose string) (Sealed, error) {
	sealed, err := v.Seal(text, place)
	if err != nil {
		return Sealed{}, err
	}
	return Sealed{Text: sealed, Mask: mask, Index: v.Digest(purpose, text)}, nil
}

// MaskName shows a name as 张*: the first character and a star.
func MaskName(name string) string {
	r, size := utf8.DecodeRuneInString(name)
	if size == 0 {
		return ""
	}
	return string(r) + "*"
}

// maskMiddle keeps the first characters and the last four, and puts stars between.
func maskMiddle(text string, first int) string {
	const last = 4
	if len(text) <= first+last {
		return text
	}
	stars := make([]byte, len(text)-first-last)
	for i := range stars {
		stars[i] = '*'
	}
	return text[:first] + string(stars) + text[len(text)-last:]
}
