package wxconfig

import (
	"context"
	"encoding/json"
	"net/url"

	"github.com/silenceper/wechat/v2/util"
)

const apiHost = "https://api.weixin.qq.com"

// get and post make a call with the account's token, once more with a fresh one if
// WeChat refuses that. Many of the library's own calls take no context, so they go
// by its HTTP functions, which do. A refusal is an *APIError: the transport has read
// errcode before the answer gets here.
func (h *tokenHandle) get(ctx context.Context, path string, query url.Values, into any) error {
	return h.withToken(ctx, func(ctx context.Context, token string) error {
		asked := url.Values{"access_token": {token}}
		for name := range query {
			asked.Set(name, query.Get(name))
		}
		body, err := util.HTTPGetContext(ctx, apiHost+path+"?"+asked.Encode())
		if err != nil {
			return err
		}
		return json.Unmarshal(body, into)
	})
}

func (h *tokenHandle) post(ctx context.Context, path string, request, into any) error {
	return h.withToken(ctx, func(ctx context.Context, token string) error {
		body, err := util.PostJSONContext(ctx, apiHost+path+"?access_token="+url.QueryEscape(token), request)
		if err != nil {
			return err
		}
		if raw, isRaw := into.(*[]byte); isRaw {
			*raw = body
			return nil
		}
		return json.Unmarshal(body, into)
	})
}
