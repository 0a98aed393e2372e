package sandbox

import (
	"bytes"
	"image/jpeg"
	"net/http"
	"regexp"
	"strings"

	"github.com/skip2/go-qrcode"
)

func (s *Sandbox) miniEndpoints() []endpoint {
	return []endpoint{
		{http.MethodPost, "/wxa/getwxacodeunlimit", miniToken, s.miniPicture},
		{http.MethodPost, "/wxa/business/getuserphonenumber", miniToken, s.phoneNumber},
		{http.MethodPost, "/wxa/msg_sec_check", miniToken, s.checkContent},
		{http.MethodPost, "/wxa/generate_urllink", miniToken, s.urlLink},
		{http.MethodPost, "/wxa/generatescheme", miniToken, s.scheme},
	}
}

var sceneForm = regexp.MustCompile(`^[0-9a-zA-Z!#$&'()*+,/:;=?@\-._~]{1,32}$`)

// miniPicture answers with a JPEG that a scanner reads: the page and its scene.
func (s *Sandbox) miniPicture(c *call) (any, *refusal) {
	var ask struct {
		Scene string `json:"scene"`
		Page  string `json:"page"`
		Width int    `json:"width"`
	}
	if refused := c.decode(&ask); refused != nil {
		return nil, refused
	}
	if !sceneForm.MatchString(ask.Scene) {
		return nil, refuse(40129, "invalid scene")
	}
	if strings.HasPrefix(ask.Page, "/") || strings.ContainsAny(ask.Page, "?#") {
		return nil, refuse(41030, "invalid page")
	}
	code, err := qrcode.New("https://sandbox.invalid/mini/"+ask.Page+"?scene="+ask.Scene, qrcode.Medium)
	if err != nil {
		return nil, refuse(-1, "system error")
	}
	if ask.Width == 0 {
		ask.Width = 430
	}
	var drawn bytes.Buffer
	if jpeg.Encode(&drawn, code.Image(max(280, min(ask.Width, 1280))), nil) != nil {
		return nil, refuse(-1, "system error")
	}
	return picture{"image/jpeg", drawn.Bytes()}, nil
}

func (s *Sandbox) phoneNumber(c *call) (any, *refusal) {
	var ask struct {
		Code string `json:"code"`
	}
	if refused := c.decode(&ask); refused != nil {
		return nil, refused
	}
	if code := s.codes[ask.Code]; code == nil || !code.phone {
		return nil, refuse(40029, "invalid code")
	}
	code, refused := s.redeem(c.account, ask.Code)
	if refused != nil {
		return nil, refused
	}
	p := s.person(code.openID)
	return map[string]any{"errcode": 0, "errmsg": "ok", "phone_info": map[string]any{
		"phoneNumber": p.Phone, "purePhoneNumber": p.Phone, "countryCode": "86",
		"watermark": map[string]any{"timestamp": s.now().Unix(), "appid": c.account.AppID},
	}}, nil
}

// checkContent finds a text risky that has 违规 in it.
func (s *Sandbox) checkContent(c *call) (any, *refusal) {
	var ask struct {
		Content string `json:"content"`
		Version int    `json:"version"`
		Scene   int    `json:"scene"`
		OpenID  string `json:"openid"`
	}
	if refused := c.decode(&ask); refused != nil {
		return nil, refused
	}
	if ask.Version != 2 || ask.Scene < 1 || ask.Scene > 4 || ask.Content == "" || len([]rune(ask.Content)) > 2500 {
		return nil, refuse(47001, "data format error")
	}
	if p := s.person(ask.OpenID); p == nil || p.MiniOpenID != ask.OpenID {
		return nil, refuse(40003, "invalid openid")
	}
	suggest, label := "pass", 100
	if strings.Contains(ask.Content, "违规") {
		suggest, label = "risky", 20012
	}
	return map[string]any{
		"errcode": 0, "errmsg": "ok", "result": map[string]any{"suggest": suggest, "label": label},
		"trace_id": randomHex(8),
		"detail":   []map[string]any{{"strategy": "content_model", "errcode": 0, "suggest": suggest, "label": label, "prob": 90}},
	}, nil
}

func (s *Sandbox) urlLink(*call) (any, *refusal) {
	return map[string]any{"errcode": 0, "errmsg": "ok", "url_link": "https://wxaurl.cn/" + randomName("", 11)}, nil
}

func (s *Sandbox) scheme(*call) (any, *refusal) {
	return map[string]any{"errcode": 0, "errmsg": "ok", "openlink": "weixin://dl/business/?t=" + randomName("", 13)}, nil
}
