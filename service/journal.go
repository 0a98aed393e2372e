package service

import (
	"context"
	"time"
)

// JournalLine is one thing that someone did (日志). Lines are only ever added.
type JournalLine struct {
	ID             string            `bson:"_id"`
	At             time.Time         `bson:"at"`
	ActorID        string            `bson:"actor_id"` // empty: the system
	Verb           string            `bson:"verb"`     // noun.done, as in volunteer.approved
	SubjectKind    string            `bson:"subject_kind"`
	SubjectID      string            `bson:"subject_id"`
	OrganizationID string            `bson:"organization_id,omitempty"`
	Detail         map[string]string `bson:"detail,omitempty"`
}

// JournalStore keeps the journal.
type JournalStore interface {
	// InsertJournalLine adds a line; one that is there already is success.
	InsertJournalLine(ctx context.Context, line *JournalLine) error
}
