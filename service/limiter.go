package service

import (
	"context"
	"time"
)

// Limiter counts events in windows of time.
type Limiter interface {
	// Allow counts one event under the key. Beyond max events in the window it
	// returns ErrRateLimited with the time to wait. When the counter itself does
	// not answer it returns ErrUnavailable: a limit that cannot be checked is not passed.
	Allow(ctx context.Context, key string, limit int, window time.Duration) error
}
