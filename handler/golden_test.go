package handler_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden holds an answer to testdata/<name>.golden.json. Ids are numbered in the order
// in which they appear, and what is random is left out.
func (a *answer) golden(name string) *answer {
	a.t.Helper()
	got := readable(a.t, a.status, a.body)
	path := filepath.Join("testdata", name+".golden.json")
	if *update {
		must(a.t, os.MkdirAll("testdata", 0o755))
		must(a.t, os.WriteFile(path, got, 0o600))
		return a
	}
	if diff := cmp.Diff(string(readFile(a.t, path)), string(got)); diff != "" {
		a.t.Errorf("%s (-want +got)\n%s", path, diff)
	}
	return a
}

var (
	idPattern    = regexp.MustCompile(`\b[0-9A-HJKMNP-TV-Z]{26}\b|\b[0-9a-f]{32}\b`)
	codePattern  = regexp.MustCompile(`/c/[A-Za-z0-9_-]{28}"`)
	tokenPattern = regexp.MustCompile(`/invite/[A-Z2-7]{26}"`)
	photoPattern = regexp.MustCompile(`"data:image/jpeg;base64,[A-Za-z0-9+/=]+"`)
)

func readable(t testing.TB, status int, body []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	fmt.Fprintf(&out, "// %d\n", status)
	var indented bytes.Buffer
	must(t, json.Indent(&indented, bytes.TrimSpace(body), "", "  "))
	text := codePattern.ReplaceAllString(indented.String(), `/c/<code>"`)
	text = tokenPattern.ReplaceAllString(text, `/invite/<token>"`)
	text = photoPattern.ReplaceAllString(text, `"data:image/jpeg;base64,<picture>"`)
	seen := map[string]string{}
	text = idPattern.ReplaceAllStringFunc(text, func(id string) string {
		if _, known := seen[id]; !known {
			seen[id] = fmt.Sprintf("<id %d>", len(seen)+1)
		}
		return seen[id]
	})
	out.WriteString(strings.TrimRight(text, "\n") + "\n")
	return out.Bytes()
}
