package handler_test

import (
	"bytes"
	"image/png"
	"net/http"
	"testing"
)

func TestCodeIsAPictureThatIsDrawnOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	wang := w.volunteer(w.team)
	a := w.activity(w.team)
	path := "/registrations/" + wang.signedUp(a).ID + "/code.png"
	got := wang.get(path).want(http.StatusOK)
	same(t, got.header.Get("Content-Type"), "image/png")
	same(t, got.header.Get("Cache-Control"), "private, no-cache")
	picture, err := png.Decode(bytes.NewReader(got.body))
	must(t, err)
	same(t, picture.Bounds().Dx(), 512)
	for i := range 20 { // the quiet zone: four modules of white on each side
		if r, _, _, _ := picture.At(i, 256).RGBA(); r != 0xffff {
			t.Fatalf("pixel %d of the quiet zone is not white", i)
		}
	}

	again := wang.request(http.MethodGet, path, nil)
	again.Header.Set("If-None-Match", got.header.Get("ETag"))
	if unchanged := wang.send(again).want(http.StatusNotModified); len(unchanged.body) > 0 {
		t.Errorf("the picture is sent again")
	}

	wang.del("/activities/" + a.ID + "/registration").want(http.StatusOK)
	wang.get(path).refusal(http.StatusConflict, "registration.cancelled")
	wang.signedUp(a)
	if anew := wang.get(path).want(http.StatusOK); anew.header.Get("ETag") == got.header.Get("ETag") {
		t.Errorf("signing up again has the code of before")
	}
}
