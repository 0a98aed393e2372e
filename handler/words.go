package handler

import (
	"encoding/base64"
	"time"

	"kezhi/service"
)

// chinaTime writes a moment as the API does: RFC 3339 with the offset +08:00.
func chinaTime(t time.Time) string { return t.In(service.Shanghai).Format(time.RFC3339) }

// maybeTime is chinaTime, or "" for a moment that has not come.
func maybeTime(t *time.Time) string {
	if t == nil {
		return ""
	}
	return chinaTime(*t)
}

// dataURI is a JPEG as text that an img can show; "" when there is none.
func dataURI(jpeg []byte) string {
	if len(jpeg) == 0 {
		return ""
	}
	return "data:image/jpeg;base64," + base64.StdEncoding.EncodeToString(jpeg)
}
