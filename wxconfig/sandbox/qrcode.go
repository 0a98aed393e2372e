package sandbox

import (
	"net/http"
	"strconv"

	"github.com/skip2/go-qrcode"
)

func (s *Sandbox) codeEndpoints() []endpoint {
	return []endpoint{
		{http.MethodPost, "/cgi-bin/qrcode/create", officialToken, s.createCode},
		{http.MethodGet, "/cgi-bin/showqrcode", noToken, s.showCode},
	}
}

// createCode answers without errcode and errmsg, as the platform does.
func (s *Sandbox) createCode(c *call) (any, *refusal) {
	var ask struct {
		Expire int64  `json:"expire_seconds"`
		Action string `json:"action_name"`
		Info   struct {
			Scene struct {
				ID   int64  `json:"scene_id"`
				Text string `json:"scene_str"`
			} `json:"scene"`
		} `json:"action_info"`
	}
	if refused := c.decode(&ask); refused != nil {
		return nil, refused
	}
	scene := ask.Info.Scene.Text
	switch ask.Action {
	case "QR_SCENE", "QR_LIMIT_SCENE":
		if ask.Info.Scene.ID <= 0 || ask.Action == "QR_LIMIT_SCENE" && ask.Info.Scene.ID > 100_000 {
			return nil, refuse(40053, "invalid action info")
		}
		scene = strconv.FormatInt(ask.Info.Scene.ID, 10)
	case "QR_STR_SCENE", "QR_LIMIT_STR_SCENE":
		if scene == "" || len(scene) > 64 {
			return nil, refuse(40053, "invalid action info")
		}
	default:
		return nil, refuse(40052, "invalid action name")
	}
	ticket := randomName("gQ", 96)
	s.tickets[ticket] = scene
	answer := map[string]any{"ticket": ticket, "url": "http://" + c.host + "/q/" + ticket}
	if ask.Action == "QR_SCENE" || ask.Action == "QR_STR_SCENE" {
		answer["expire_seconds"] = max(60, min(ask.Expire, 2_592_000))
	}
	return answer, nil
}

func (s *Sandbox) showCode(c *call) (any, *refusal) {
	ticket := c.query.Get("ticket")
	if _, known := s.tickets[ticket]; !known {
		return nil, refuse(40097, "invalid args")
	}
	png, err := qrcode.Encode("http://"+c.host+"/q/"+ticket, qrcode.Medium, 430)
	if err != nil {
		return nil, refuse(-1, "system error")
	}
	return picture{"image/png", png}, nil
}

// scanPage is what the account's code leads to: who scans it?
func (s *Sandbox) scanPage(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	scene, known := s.tickets[r.PathValue("ticket")]
	s.mu.Unlock()
	if !known {
		s.pages.show(w, http.StatusNotFound, "trouble", map[string]any{"Title": "二维码已失效", "Text": "请重新生成。"})
		return
	}
	s.pages.show(w, http.StatusOK, "scan", map[string]any{"Title": "谁来扫码", "People": s.People(), "Scene": scene})
}
