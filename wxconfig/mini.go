package wxconfig

import (
	"context"
	"errors"

	"kezhi/service"
)

// ErrNoMini is returned by the calls of the mini program where none is configured.
var ErrNoMini = errors.New("wechat: no mini program is configured")

// MiniPhone redeems the one-time code of the mini program's phone number button, with
// the errors of service.WeChatLogin's OfficialIdentity. The number is without the
// country's.
func (w *WeChat) MiniPhone(ctx context.Context, code string) (string, error) {
	if w.mini == nil {
		return "", away(ErrNoMini)
	}
	if !tokenInURL.MatchString(code) {
		return "", service.ErrWeChatCode
	}
	var answer struct {
		Info struct {
			Pure    string `json:"purePhoneNumber"`
			Country string `json:"countryCode"`
		} `json:"phone_info"`
	}
	if err := w.miniToken.post(ctx, "/wxa/business/getuserphonenumber", map[string]string{"code": code}, &answer); err != nil {
		return "", loginError(err)
	}
	if answer.Info.Pure == "" {
		return "", away(errors.New("the answer has no number"))
	}
	return answer.Info.Pure, nil
}

// MiniCode is a picture (JPEG) of a mini program's code that opens the page with the
// scene: up to 32 of the platform's characters. Its error is an *APIError, a
// *WireError or ErrNoMini, as are those of MiniLink and TextPasses.
func (w *WeChat) MiniCode(ctx context.Context, page, scene string) ([]byte, error) {
	if w.mini == nil {
		return nil, ErrNoMini
	}
	var drawn []byte
	err := w.miniToken.post(ctx, "/wxa/getwxacodeunlimit", map[string]any{"page": page, "scene": scene, "check_path": false}, &drawn)
	return drawn, err
}

// MiniLink is an address that opens the mini program's page from outside WeChat, for
// thirty days.
func (w *WeChat) MiniLink(ctx context.Context, page, query string) (string, error) {
	if w.mini == nil {
		return "", ErrNoMini
	}
	var answer struct {
		Link string `json:"url_link"`
	}
	err := w.miniToken.post(ctx, "/wxa/generate_urllink", map[string]any{
		"path": page, "query": query, "expire_type": 1, "expire_interval": 30,
	}, &answer)
	return answer.Link, err
}

// TextPasses tells whether WeChat finds nothing wrong with a text that a person, by
// their openid of the mini program, wants to publish. A person must have used the
// mini program within two hours.
func (w *WeChat) TextPasses(ctx context.Context, miniOpenID, text string) (bool, error) {
	if w.mini == nil {
		return false, ErrNoMini
	}
	var answer struct {
		Result struct {
			Suggest string `json:"suggest"`
		} `json:"result"`
	}
	err := w.miniToken.post(ctx, "/wxa/msg_sec_check", map[string]any{
		"version": 2, "scene": 3, "openid": miniOpenID, "content": cutRunes(text, 2500),
	}, &answer)
	return answer.Result.Suggest == "pass", err
}
