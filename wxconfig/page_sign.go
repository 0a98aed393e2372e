package wxconfig

import (
	"context"
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // the platform's choice
	"encoding/hex"
	"net/url"
	"strconv"
	"strings"

	"kezhi/service"
)

// SignPage implements service.JSSigner. Only the settings' PublicOrigin is our own.
func (w *WeChat) SignPage(ctx context.Context, page string) (service.JSSignature, error) {
	page, _, _ = strings.Cut(page, "#")
	if !sameOrigin(page, w.settings.PublicOrigin) {
		return service.JSSignature{}, service.ErrForeignPage
	}
	ticket, err := w.ticket.get(ctx)
	if err != nil {
		return service.JSSignature{}, away(err)
	}
	nonce, at := rand.Text()[:16], w.now().Unix()
	return service.JSSignature{
		AppID:     w.settings.AppID,
		Timestamp: at,
		NonceStr:  nonce,
		Signature: signPage(ticket, nonce, at, page),
	}, nil
}

func signPage(ticket, nonce string, at int64, page string) string {
	sum := sha1.Sum([]byte("jsapi_ticket=" + ticket + "&noncestr=" + nonce + //nolint:gosec // the platform's choice
		"&timestamp=" + strconv.FormatInt(at, 10) + "&url=" + page))
	return hex.EncodeToString(sum[:])
}

func sameOrigin(page, origin string) bool {
	a, errA := url.Parse(page)
	b, errB := url.Parse(origin)
	return errA == nil && errB == nil && a.User == nil && a.Opaque == "" && a.Host != "" &&
		a.Scheme == b.Scheme && hostPort(a) == hostPort(b)
}

func hostPort(u *url.URL) string {
	port := u.Port()
	if port == "" && u.Scheme == "https" {
		port = "443"
	} else if port == "" {
		port = "80"
	}
	return strings.ToLower(u.Hostname()) + ":" + port
}
