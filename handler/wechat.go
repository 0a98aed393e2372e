package handler

import "context"

type pageQuery struct {
	URL string `json:"url" binding:"max=2000"`
}

type signatureView struct {
	AppID     string `json:"app_id"`
	Timestamp int64  `json:"timestamp"`
	NonceStr  string `json:"nonce_str"`
	Signature string `json:"signature"`
}

// getJSConfig signs one of our pages for WeChat's JS-SDK.
func (s *server) getJSConfig(ctx context.Context, _ call, q pageQuery) (any, error) {
	signed, err := s.JS.SignPage(ctx, q.URL)
	if err != nil {
		return nil, err
	}
	return signatureView{signed.AppID, signed.Timestamp, signed.NonceStr, signed.Signature}, nil
}
