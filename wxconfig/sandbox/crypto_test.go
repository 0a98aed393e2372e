package sandbox

import (
	"strings"
	"testing"
)

// The vectors of the platform's own documents: the sandbox's cipher is the
// platform's too, and was written apart from the library's.
func TestCipherIsThePlatforms(t *testing.T) {
	t.Parallel()
	const (
		appID = "wxba5fad812f8e6fb9"
		reply = "ELGduP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzxZO/5sAvd070Bs6qrLARC9nVHm48Y4hyRbtzve1L32tmxSQ=="
	)
	key := strings.Repeat("A", 43)
	if got, want := signature("AAAAA", "1714112445", "415670741"), "6c5c811b55cc85e0e1b54100749188c20beb3f5d"; got != want {
		t.Errorf("signature: got %s, want %s", got, want)
	}
	message, whose, err := decrypt(key, reply)
	if err != nil || string(message) != `{"demo_resp":"good luck"}` || whose != appID {
		t.Errorf("got %s of %s, %v", message, whose, err)
	}
	message, whose, err = decrypt(key, encrypt(key, appID, []byte("你好")))
	if err != nil || string(message) != "你好" || whose != appID {
		t.Errorf("there and back: got %s of %s, %v", message, whose, err)
	}
	for name, broken := range map[string]string{
		"not base64": "!", "short": "AAAA", "not whole": "ELGduP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzxZO8=", "of another key": encrypt(strings.Repeat("B", 43), appID, []byte("x")),
	} {
		if _, whose, err := decrypt(key, broken); err == nil && whose == appID {
			t.Errorf("%s was taken", name)
		}
	}
}

func TestFieldsAreCheckedStrictly(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		kind, value string
		fits        bool
	}{
		{"thing", strings.Repeat("长", 20), true},
		{"thing", strings.Repeat("长", 21), false},
		{"thing", "a\nb", false},
		{"thing", " ", false},
		{"character_string", "A-1", true},
		{"character_string", "码", false},
		{"character_string", strings.Repeat("1", 33), false},
		{"time", "2019年10月1日 15:01", true},
		{"time", "15:01", true},
		{"time", "2019年10月1日", true},
		{"time", "2019-10-01", false},
		{"time", "周五", false},
		{"date", "2019年10月1日", true},
		{"date", "15:01", false},
		{"phrase", "审核通过", true},
		{"phrase", "审核没有通过", false},
		{"phrase", "OK", false},
		{"phrase", "-", false},
		{"name", "王晓兰", true},
		{"name", "一二三四五六七八九十一", false},
		{"name", "A1", false},
		{"number", "1.5", true},
		{"number", "一", false},
		{"amount", "￥5.00元", true},
		{"amount", "免费", false},
		{"phone_number", "+86 575", true},
		{"phone_number", "一", false},
		{"letter", "AB", true},
		{"letter", "A1", false},
		{"symbol", "+", true},
		{"car_number", "浙D12345", true},
		{"colour", "red", false},
	} {
		if got := fieldFits(row.kind, row.value); got != row.fits {
			t.Errorf("%s %q: got %v", row.kind, row.value, got)
		}
	}
}
