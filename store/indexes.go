package store

import "go.mongodb.org/mongo-driver/v2/bson"

// indexes are all the indexes there are; every query names the one that serves it.
var indexes = []Index{
	unique("people", "open_id", sparse, "open_id"),
	unique("people", "mini_open_id", sparse, "mini_open_id"),
	unique("people", "union_id", sparse, "union_id"),
	index("people", "role_organization", "grants.organization_id"),
	index("people", "role", "grants.role"),
	outbox("people"),

	unique("organizations", "siblings", full, "parent_id", "name"),
	outbox("organizations"),

	unique("volunteers", "national_id", full, "national_id.index"),
	unique("volunteers", "phone", full, "phone.index"),
	index("volunteers", "scope", "scope_ids", "state", "submitted_at"), // the review queue and every list of people
	outbox("volunteers"),

	index("activities", "public", "state", "ends_at"),
	index("activities", "scope_public", "scope_ids", "state", "ends_at"),
	index("activities", "text", "grams", "state", "ends_at"),
	index("activities", "scope", "scope_ids", "starts_at"),
	outbox("activities"),

	unique("registrations", "code", full, "code"),
	index("registrations", "volunteer", "volunteer_id", "starts_at"),
	index("registrations", "activity", "activity_id", "signed_up_at"),
	outbox("registrations"),

	index("attendances", "registration", "registration_id", "received_at"),
	index("attendances", "activity", "activity_id", "received_at"),

	index("notices", "person", "person_id", "created_at"),
	index("notices", "unread", "person_id", "read"),
	index("notices", "person_state", "person_id", "state"),
	index("notices", "due", "state", "next_at"),
	index("notices", "leased", "state", "lease_until"),
	{Collection: "notices", Name: "message_id", Keys: bson.D{{Key: "message_id", Value: 1}}, Sparse: true},

	index("journal", "subject", "subject_id", "at"),
	index("journal", "organization", "organization_id", "at"),

	index("once", "expires_at", "expires_at"),
}

const (
	sparse = true
	full   = false
)

func index(collection, name string, fields ...string) Index {
	keys := make(bson.D, len(fields))
	for i, f := range fields {
		keys[i] = bson.E{Key: f, Value: 1}
	}
	return Index{Collection: collection, Name: name, Keys: keys}
}

func unique(collection, name string, sparse bool, fields ...string) Index {
	i := index(collection, name, fields...)
	i.Unique, i.Sparse = true, sparse
	return i
}

// outbox finds documents that still have something to be carried out.
func outbox(collection string) Index {
	i := index(collection, "outbox", "outbox.at")
	i.Sparse = true
	return i
}
