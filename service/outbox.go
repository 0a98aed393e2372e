package service

import (
	"crypto/sha256"
	"encoding/hex"
	"time"
)

// OutboxRef names a document that has an outbox.
type OutboxRef struct {
	Collection string
	ID         string
}

// OutboxEntry is something that must follow from a change. The write that makes
// the change also stores the entry in the same document, so that neither can be
// without the other; the relay carries it out and then pulls it.
type OutboxEntry struct {
	ID         string       `bson:"id"`
	At         time.Time    `bson:"at"`
	Journal    *JournalLine `bson:"journal,omitempty"`    // to be written under the entry's id
	Notice     *Notice      `bson:"notice,omitempty"`     // to be queued under the notice's id
	Attendance *Attendance  `bson:"attendance,omitempty"` // to be written under the attendance's id
	Seat       *SeatTake    `bson:"seat,omitempty"`       // on an activity: a registration must exist for this seat
	Release    *SeatReturn  `bson:"release,omitempty"`    // on a registration: the activity must get this seat back
	Released   *SeatReturn  `bson:"released,omitempty"`   // on an activity: this seat has come back, do not count it again
	Fanout     *Fanout      `bson:"fanout,omitempty"`     // one notice for each of many people
}

// Audience says whom a fanout reaches.
type Audience string

// The audiences.
const (
	AudienceRegistered Audience = "registered" // everyone with a confirmed sign-up for the activity
	AudienceAdmins     Audience = "admins"     // the admins nearest to the organization
)

// Fanout is one notice for each of many people; Notice lacks only its id and person.
type Fanout struct {
	Audience Audience `bson:"audience"`
	Of       string   `bson:"of"`     // the activity or the organization
	Hourly   bool     `bson:"hourly"` // at most one such notice an hour for each person
	Notice   Notice   `bson:"notice"`
}

// noticeFor is the fanout's notice for one person. Its id follows from the entry
// and the person, so that carrying the entry out twice makes no second notice.
func (f *Fanout) noticeFor(personID string, entry *OutboxEntry) *Notice {
	n := f.Notice
	n.PersonID = personID
	n.CreatedAt, n.NextAt = entry.At, entry.At
	if f.Hourly {
		n.ID = derivedID(string(n.Kind), personID, entry.At.UTC().Format("2006010215"))
	} else {
		n.ID = derivedID(entry.ID, personID)
	}
	return &n
}

// derivedID makes an id of 32 characters that is always the same for the same parts.
func derivedID(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		h.Write([]byte(p))
		h.Write([]byte{0})
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

func (e Env) entry() OutboxEntry { return OutboxEntry{ID: e.NewID(), At: e.Now()} }

func (e Env) journalEntry(line JournalLine) OutboxEntry {
	entry := e.entry()
	line.ID, line.At = entry.ID, entry.At
	entry.Journal = &line
	return entry
}

func (e Env) noticeEntry(n Notice) OutboxEntry {
	entry := e.entry()
	n.ID, n.CreatedAt, n.NextAt, n.State = entry.ID, entry.At, entry.At, NoticeQueued
	entry.Notice = &n
	return entry
}

func (e Env) fanoutEntry(f Fanout) OutboxEntry {
	entry := e.entry()
	f.Notice.State = NoticeQueued
	entry.Fanout = &f
	return entry
}
