package handler

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"strings"
)

// compressFrom is the length below which compressing saves no packet.
const compressFrom = 1400

// How hard to try: an answer is compressed while someone waits, a file of the H5 once.
const (
	compressQuickly = gzip.BestSpeed
	compressWell    = gzip.BestCompression
)

// compress returns the bytes in gzip.
func compress(plain []byte, level int) []byte {
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, level)
	if err != nil {
		panic(err) // the levels are constants
	}
	// Writing to memory cannot fail.
	_, _ = w.Write(plain)
	_ = w.Close()
	return out.Bytes()
}

// acceptsGzip tells whether the client takes gzip.
func acceptsGzip(r *http.Request) bool {
	for coding := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		name, quality, _ := strings.Cut(strings.ReplaceAll(coding, " ", ""), ";")
		if strings.EqualFold(name, "gzip") {
			return quality != "q=0" && !strings.HasPrefix(quality, "q=0.0")
		}
	}
	return false
}
