package handler

import "kezhi/service"

// pageView is a part of a list; Next is absent on the last.
type pageView[V any] struct {
	Items []V    `json:"items"`
	Next  string `json:"next,omitempty"`
}

// listView is a whole list.
type listView[V any] struct {
	Items []V `json:"items"`
}

// cursorQuery asks for a part of a list.
type cursorQuery struct {
	Cursor string `json:"cursor,omitempty" binding:"max=400"`
}

func pageOf[T, V any](page service.Page[T], view func(*T) V) pageView[V] {
	return pageView[V]{eachOf(page.Items, view), page.Next}
}

// eachOf turns every item into its view; of nothing it makes [], not null.
func eachOf[T, V any](items []T, view func(*T) V) []V {
	views := make([]V, len(items))
	for i := range items {
		views[i] = view(&items[i])
	}
	return views
}
