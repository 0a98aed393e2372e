package wxconfig

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/silenceper/wechat/v2/util"
)

// The vectors of the platform's own documents.
const (
	goldenToken = "AAAAA"
	goldenAppID = "wxba5fad812f8e6fb9"
)

var goldenKey = strings.Repeat("A", 43)

func TestSignaturesAreThePlatforms(t *testing.T) {
	t.Parallel()
	const reply = "ELGduP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzxZO/5sAvd070Bs6qrLARC9nVHm48Y4hyRbtzve1L32tmxSQ=="
	for _, row := range []struct{ name, got, want string }{
		{"check of the address", sign(goldenToken, "1714036504", "1514711492"), "f464b24fc39322e44b38aa78f5edd27bd1441696"},
		{"plain push", sign(goldenToken, "1714037059", "486452656"), "899cf89e464efb63f54ddac96b0a0a235f53aa78"},
		{"encrypted push", sign(goldenToken, "1714112445", "415670741"), "6c5c811b55cc85e0e1b54100749188c20beb3f5d"},
		{"encrypted reply", sign(goldenToken, "1713424427", "415670741", reply), "1b9339964ed2e271e7c7b6ff2b0ef902fc94dea1"},
		{"page", signPage(
			"sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg",
			"Wm3WZYTPz0wzccnW", 1414587457, "http://mp.weixin.qq.com?params=value",
		), "0f9de62fce790f9a083d5c99e95740ceb90c27ed"},
	} {
		if row.got != row.want {
			t.Errorf("%s: got %s, want %s", row.name, row.got, row.want)
		}
	}
	got, err := util.EncryptMsg([]byte("707722b803182950"), []byte(`{"demo_resp":"good luck"}`), goldenAppID, goldenKey)
	if err != nil || string(got) != reply {
		t.Errorf("encryption: got %s, %v, want %s", got, err, reply)
	}
}

func TestAddressIsProvenAsInTheDocument(t *testing.T) {
	t.Parallel()
	settings := SandboxSettings("http://127.0.0.1:1", "http://127.0.0.1:2")
	settings.AppID, settings.Token, settings.EncodingAESKey = goldenAppID, goldenToken, goldenKey
	query := url.Values{
		"signature": {"f464b24fc39322e44b38aa78f5edd27bd1441696"}, "echostr": {"4375120948345356249"},
		"timestamp": {"1714036504"}, "nonce": {"1514711492"},
	}
	for _, row := range []struct {
		name   string
		at     int64
		change func(url.Values)
		status int
		body   string
	}{
		{name: "in time", at: 1714036504 + 299, status: http.StatusOK, body: "4375120948345356249"},
		{name: "too late", at: 1714036504 + 301, status: http.StatusForbidden},
		{name: "from the future", at: 1714036504 - 301, status: http.StatusForbidden},
		{name: "another nonce", at: 1714036504, change: func(q url.Values) { q.Set("nonce", "1") }, status: http.StatusForbidden},
		{name: "without a signature", at: 1714036504, change: func(q url.Values) { q.Del("signature") }, status: http.StatusForbidden},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			w := newOffline(t, settings, time.Unix(row.at, 0))
			asked := url.Values{}
			maps.Copy(asked, query)
			if row.change != nil {
				row.change(asked)
			}
			answer := httptest.NewRecorder()
			w.Callback(nobody{}).ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/wechat/callback?"+asked.Encode(), nil))
			if answer.Code != row.status || strings.TrimSpace(answer.Body.String()) != row.body {
				t.Errorf("got %d %q, want %d %q", answer.Code, answer.Body, row.status, row.body)
			}
		})
	}
}
