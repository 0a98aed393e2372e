// Package service is the domain of Kezhi: its nouns, their rules, the use cases,
// and the interfaces of what it needs from outside. It imports nothing of ours.
package service

import "time"

// Env is what the outside world gives to the domain: the time and new names.
type Env struct {
	Now   func() time.Time // UTC, whole milliseconds
	NewID func() string    // a ULID: 26 characters, sortable by time
}

// Shanghai is where months and days are counted and where times are shown. China
// has one zone and, since 1991, no daylight saving, so a fixed offset needs no zone file.
var Shanghai = time.FixedZone("Asia/Shanghai", 8*60*60)
