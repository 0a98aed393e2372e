package mongo

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	driver "go.mongodb.org/mongo-driver/v2/mongo"

	"kezhi/store"
)

// unfit are the codes by which MongoDB says that a change does not fit the document
// that it meets. What it says of the language itself has been refused before.
var unfit = map[int]bool{
	2:   true, // BadValue: $push onto a text, an integer that would overflow
	14:  true, // TypeMismatch: $inc of a text
	28:  true, // PathNotViable: a path through a text
	66:  true, // ImmutableField: another _id
	171: true, // CannotIndexParallelArrays

	// What the server in testserver/ says instead of 171 and 2.
	10141: true,
}

// fault turns the driver's error into the port's.
func fault(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, driver.ErrNoDocuments):
		return store.ErrNoDocument
	case ctx.Err() != nil:
		return ctx.Err()
	case driver.IsDuplicateKeyError(err):
		return duplicate(err)
	case isOutage(err):
		return fmt.Errorf("%w: %w", store.ErrUnavailable, err)
	}
	if server, ok := errors.AsType[driver.ServerError](err); ok {
		for code := range unfit {
			if server.HasErrorCode(code) {
				return fmt.Errorf("%w: %w", store.ErrUnsupported, err)
			}
		}
	}
	return fmt.Errorf("store/mongo: %w", err)
}

// isOutage tells whether the server did not answer, or answered that it cannot now.
func isOutage(err error) bool {
	if server, ok := errors.AsType[driver.ServerError](err); ok {
		// Not the primary, shutting down, a network error behind a router: MongoDB
		// labels what may be tried again.
		return server.HasErrorLabel("RetryableWriteError") || server.HasErrorLabel("RetryableError") ||
			server.HasErrorLabel("NetworkError") || server.HasErrorCode(11600) || server.HasErrorCode(10107) || server.HasErrorCode(13435)
	}
	return driver.IsTimeout(err) || driver.IsNetworkError(err) || errors.Is(err, driver.ErrClientDisconnected) ||
		strings.Contains(err.Error(), "server selection error")
}

// duplicateIndex finds the index in "E11000 duplicate key error collection: db.c index: name dup key: …".
var duplicateIndex = regexp.MustCompile(`collection: [^. ]+\.(\S+) index: (\S+)`)

func duplicate(err error) error {
	found := duplicateIndex.FindStringSubmatch(err.Error())
	if found == nil {
		return fmt.Errorf("store/mongo: a duplicate of an unknown index: %w", err)
	}
	return &store.DuplicateError{Collection: found[1], Index: found[2]}
}
