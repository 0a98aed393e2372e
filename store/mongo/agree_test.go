package mongo_test

import (
	"context"
	"path/filepath"
	"testing"

	"kezhi/store/embedded"
	"kezhi/store/storetest"
)

func TestBothEnginesAgree(t *testing.T) {
	t.Parallel()
	server := open(t)
	file, err := embedded.Open(t.Context(), filepath.Join(t.TempDir(), "kezhi.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := file.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	storetest.Agree(t, storetest.Generator{Narrow: isStandIn(t)}, file, server)
}
