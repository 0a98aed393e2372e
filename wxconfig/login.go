package wxconfig

import (
	"context"
	"errors"
	"net/url"
	"regexp"
	"strings"

	"kezhi/service"
)

// The library writes codes and openids into URLs as they come.
var tokenInURL = regexp.MustCompile(`^[0-9A-Za-z_-]{1,128}$`)

// AuthorizeURL implements service.WeChatLogin. It is built here because the browser
// follows it, past the transport that would send it to the sandbox; the order of
// the parameters is the platform's, which checks it.
func (w *WeChat) AuthorizeURL(redirectURL, state string) string {
	base := w.settings.AuthorizeBase
	if base == "" {
		base = PlatformAuthorizeBase
	}
	return strings.TrimRight(base, "/") + "/connect/oauth2/authorize" +
		"?appid=" + url.QueryEscape(w.settings.AppID) +
		"&redirect_uri=" + url.QueryEscape(redirectURL) +
		"&response_type=code&scope=snsapi_base&state=" + url.QueryEscape(state) + "#wechat_redirect"
}

// OfficialIdentity implements service.WeChatLogin.
func (w *WeChat) OfficialIdentity(ctx context.Context, code string) (service.WeChatIdentity, error) {
	if !tokenInURL.MatchString(code) {
		return service.WeChatIdentity{}, service.ErrWeChatCode
	}
	answer, err := w.official.GetOauth().GetUserAccessTokenContext(w.route.take(ctx), code)
	if err != nil {
		return service.WeChatIdentity{}, loginError(err)
	}
	return identity(service.WeChatIdentity{
		OpenID:   answer.OpenID,
		UnionID:  answer.UnionID,
		Snapshot: answer.IsSnapShotUser == 1,
	})
}

// MiniIdentity implements service.WeChatLogin. Without a mini program in the
// settings it returns ErrWeChatAway.
func (w *WeChat) MiniIdentity(ctx context.Context, code string) (service.WeChatIdentity, error) {
	if w.mini == nil {
		return service.WeChatIdentity{}, away(errors.New("no mini program is configured"))
	}
	if !tokenInURL.MatchString(code) {
		return service.WeChatIdentity{}, service.ErrWeChatCode
	}
	answer, err := w.mini.GetAuth().Code2SessionContext(w.route.take(ctx), code)
	if err != nil {
		return service.WeChatIdentity{}, loginError(err)
	}
	return identity(service.WeChatIdentity{OpenID: answer.OpenID, UnionID: answer.UnionID})
}

func loginError(err error) error {
	if err = plain(err); isCodeSpent(err) {
		return service.ErrWeChatCode.Because(err)
	}
	return away(err)
}

// identity refuses an answer without a person in it: an empty openid would make
// one account of all strangers.
func identity(found service.WeChatIdentity) (service.WeChatIdentity, error) {
	if !tokenInURL.MatchString(found.OpenID) {
		return service.WeChatIdentity{}, away(errors.New("the answer names nobody"))
	}
	return found, nil
}

// Follows implements service.WeChatLogin. An openid that is none of this account's
// does not follow it.
func (w *WeChat) Follows(ctx context.Context, openID string) (bool, error) {
	if !tokenInURL.MatchString(openID) {
		return false, nil
	}
	// The library's type for this holds the time of following in 32 bits.
	var answer struct {
		Subscribe int `json:"subscribe"`
	}
	err := w.officialToken.get(ctx, "/cgi-bin/user/info", url.Values{"openid": {openID}, "lang": {"zh_CN"}}, &answer)
	if isNobody(err) {
		return false, nil
	}
	if err != nil {
		return false, away(err)
	}
	return answer.Subscribe == 1, nil
}
