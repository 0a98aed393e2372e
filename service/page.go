package service

// Page is a part of a list. Next is the cursor of the part after it; empty on the last.
type Page[T any] struct {
	Items []T
	Next  string
}

// ErrBadCursor refuses a cursor that this list did not give.
var ErrBadCursor = refuse(Invalid, "cursor", "列表已更新，请刷新后再看")

// pageSize is how many rows a list gives at a time.
const pageSize = 20
