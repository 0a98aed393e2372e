package handler_test

import (
	"slices"
	"testing"

	"kezhi/handler"
)

func TestRoutesAndContractNameTheSameEndpoints(t *testing.T) {
	t.Parallel()
	var routed, written []string
	for _, r := range handler.Routes() {
		routed = append(routed, r.Method+" "+r.Path)
	}
	for path, item := range theContract().document.Paths.Map() {
		for method := range item.Operations() {
			written = append(written, method+" "+path)
		}
	}
	slices.Sort(routed)
	slices.Sort(written)
	same(t, routed, written)
}

func TestRoutesAndContractAgreeOnWhoNeedsASession(t *testing.T) {
	t.Parallel()
	document := theContract().document
	for _, r := range handler.Routes() {
		operation := document.Paths.Value(r.Path).GetOperation(r.Method)
		security := document.Security
		if operation.Security != nil {
			security = *operation.Security
		}
		needed := len(security) > 0
		for _, way := range security {
			needed = needed && len(way) > 0
		}
		if r.Protected != needed {
			t.Errorf("%s %s: routes.go demands a session: %v; openapi.yaml: %v", r.Method, r.Path, r.Protected, needed)
		}
	}
}
