package mongo_test

import (
	"context"
	"crypto/rand"
	"net/url"
	"os"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	driver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"kezhi/store"
	"kezhi/store/mongo"
	"kezhi/store/storetest"
)

// open gives a store in a database of its own, which is dropped afterwards. It skips
// the test when KEZHI_TEST_MONGODB_URI names no server; testserver/ has one.
func open(t *testing.T) store.Documents {
	t.Helper()
	uri := os.Getenv("KEZHI_TEST_MONGODB_URI")
	if uri == "" {
		t.Skip("KEZHI_TEST_MONGODB_URI is not set")
	}
	named, err := url.Parse(uri)
	if err != nil {
		t.Fatal(err)
	}
	name := "kezhi_test_" + rand.Text()
	named.Path = "/" + name
	db, err := mongo.Open(t.Context(), named.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(context.Background()); err != nil {
			t.Error(err)
		}
		drop(t, uri, name)
	})
	return db
}

func drop(t *testing.T, uri, name string) {
	t.Helper()
	client, err := driver.Connect(options.Client().ApplyURI(uri))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = client.Disconnect(context.Background()) }()
	if err := client.Database(name).Drop(context.Background()); err != nil {
		t.Error(err)
	}
}

// standInErrs are the cases of the contract that the server in testserver/ gets wrong.
// On a real MongoDB none is left out.
var standInErrs = []string{
	// It compares a list, a document or bytes with a whole value alone, or by other
	// rules. MongoDB also compares each element, and documents field by field in order.
	"a list is equal as a whole, and as an element",
	"a document is equal in its order",
	"numbers inside are equal across types",
	"shorter bytes are less",
	"bytes of another kind",
	// It looks into lists inside lists. MongoDB looks into one level.
	"one of the same",
	// It wants one element to satisfy both bounds. MongoDB wants that of $elemMatch alone.
	"two elements may satisfy two bounds",
	"not both",
	// It takes elements that are no documents for documents without the field, and
	// $exists: false for "some element lacks it". MongoDB: no element has it.
	"inside, missing",
	"inside, not there",
	// It lets an int64 overflow, and two lists into one index.
	"$inc over the edge",
	"two lists in one index are refused",
}

func TestContract(t *testing.T) {
	t.Parallel()
	storetest.Run(t, open, knownErrs(t)...)
}

// knownErrs are the cases to leave out on the server that the tests use. A real one
// tells from which commit it was built.
func knownErrs(t *testing.T) []string {
	t.Helper()
	if !isStandIn(t) {
		return nil
	}
	return standInErrs
}

func isStandIn(t *testing.T) bool {
	t.Helper()
	uri := os.Getenv("KEZHI_TEST_MONGODB_URI")
	if uri == "" {
		return false
	}
	client, err := driver.Connect(options.Client().ApplyURI(uri))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = client.Disconnect(context.Background()) }()
	info, err := client.Database("admin").RunCommand(t.Context(), bson.D{{Key: "buildInfo", Value: 1}}).Raw()
	if err != nil {
		t.Fatal(err)
	}
	_, err = info.LookupErr("gitVersion")
	return err != nil
}
