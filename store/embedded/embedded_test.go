package embedded_test

import (
	"context"
	"path/filepath"
	"testing"

	"kezhi/store"
	"kezhi/store/embedded"
	"kezhi/store/storetest"
)

func open(t *testing.T) store.Documents {
	t.Helper()
	db, err := embedded.Open(t.Context(), filepath.Join(t.TempDir(), "kezhi.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return db
}

func TestContract(t *testing.T) {
	t.Parallel()
	storetest.Run(t, open)
}
