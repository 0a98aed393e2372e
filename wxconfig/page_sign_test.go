package wxconfig_test

import (
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"testing"

	"kezhi/service"
	"kezhi/wxconfig"
	"kezhi/wxconfig/sandbox"
)

const ticketPath = "/cgi-bin/ticket/getticket"

func TestOnlyOurOwnPagesAreSigned(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(_ *sandbox.Options, s *wxconfig.Settings) { s.PublicOrigin = "https://Kezhi.example.org" })
	for page, signed := range map[string]bool{
		"https://kezhi.example.org/":                       true,
		"https://kezhi.example.org/scan?a=1#here":          true,
		"https://kezhi.example.org:443/scan":               true,
		"https://KEZHI.example.org":                        true,
		"http://kezhi.example.org/":                        false,
		"https://kezhi.example.org:8443/":                  false,
		"https://kezhi.example.org.evil.invalid/":          false,
		"https://kezhi.example.org@evil.invalid/":          false,
		"https://user@kezhi.example.org/":                  false,
		"https://evil.invalid/?https://kezhi.example.org/": false,
		"//kezhi.example.org/":                             false,
		"https:kezhi.example.org":                          false,
		"/scan":                                            false,
		"":                                                 false,
		"https://kezhi.example.org/%zz":                    false,
	} {
		_, err := w.SignPage(t.Context(), page)
		if signed && err != nil || !signed && !errors.Is(err, service.ErrForeignPage) {
			t.Errorf("%q: got %v, want it signed: %v", page, err, signed)
		}
	}
	if got := len(w.box.Calls(ticketPath)); got != 1 {
		t.Errorf("got %d calls for a ticket, want 1", got)
	}
}

func TestSignatureIsOfTheTicketAndTheBarePage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	page := w.settings.PublicOrigin + "/scan?activity=1"
	got, err := w.SignPage(t.Context(), page+"#top")
	if err != nil {
		t.Fatal(err)
	}
	sum := sha1.Sum(fmt.Appendf(nil, "jsapi_ticket=%s&noncestr=%s&timestamp=%d&url=%s", w.box.Ticket(), got.NonceStr, got.Timestamp, page))
	if want := hex.EncodeToString(sum[:]); got.Signature != want || got.AppID != w.settings.AppID {
		t.Errorf("got %+v, want %s", got, want)
	}
}

func TestTicketUnderFault(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name    string
		fault   sandbox.Fault
		want    error
		tickets int
		tokens  int
	}{
		{"token revoked", sandbox.Fault{Kind: sandbox.FaultTokenRevoked, Endpoint: ticketPath}, nil, 2, 2},
		{"token ended early", sandbox.Fault{Kind: sandbox.FaultTokenExpired, Endpoint: ticketPath}, nil, 2, 2},
		{"token refused twice", sandbox.Fault{Kind: sandbox.FaultCode, Code: 40001, Calls: 2, Endpoint: ticketPath}, service.ErrWeChatAway, 2, 2},
		{"busy", sandbox.Fault{Kind: sandbox.FaultCode, Code: -1, Endpoint: ticketPath}, service.ErrWeChatAway, 1, 1},
		{"502", sandbox.Fault{Kind: sandbox.FaultBadGateway, Endpoint: ticketPath}, service.ErrWeChatAway, 1, 1},
		{"secret wrong", sandbox.Fault{Kind: sandbox.FaultCode, Code: 40001, Endpoint: tokenPath}, service.ErrWeChatAway, 0, 1},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.box.Misbehave(row.fault)
			_, err := w.SignPage(t.Context(), w.settings.PublicOrigin+"/")
			if !errors.Is(err, row.want) {
				t.Errorf("got %v, want %v", err, row.want)
			}
			if err != nil {
				w.mustKeepSecrets(t, err.Error())
			}
			if got := len(w.box.Calls(ticketPath)); got != row.tickets {
				t.Errorf("got %d calls for a ticket, want %d", got, row.tickets)
			}
			if got := len(w.box.Calls(tokenPath)); got != row.tokens {
				t.Errorf("got %d calls for a token, want %d", got, row.tokens)
			}
		})
	}
}

// A ticket does not outlive the token that it came with: after a new secret, pages
// would be signed with a dead ticket for two hours.
func TestTicketGoesWithItsToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	page := w.settings.PublicOrigin + "/"
	if _, err := w.SignPage(t.Context(), page); err != nil {
		t.Fatal(err)
	}
	w.box.RevokeTokens()
	if _, err := w.Send(t.Context(), w.approved(3)); err != nil { // finds it out
		t.Fatal(err)
	}
	if _, err := w.SignPage(t.Context(), page); err != nil {
		t.Fatal(err)
	}
	if got := len(w.box.Calls(ticketPath)); got != 2 {
		t.Errorf("got %d calls for a ticket, want 2", got)
	}
}
