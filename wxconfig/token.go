package wxconfig

import (
	"context"

	"github.com/silenceper/wechat/v2/credential"
	"golang.org/x/sync/singleflight"
)

// tokenHandle gives an account's access token. It is the library's stable token,
// and adds what that lacks: a way to drop a token that WeChat refuses, and callers
// that wait together for one fetch instead of queueing for one each.
type tokenHandle struct {
	inner  credential.AccessTokenContextHandle
	cache  *tokenCache
	key    string
	route  *route
	flight singleflight.Group
}

func newTokenHandle(appID, secret, prefix string, cache *tokenCache, way *route) *tokenHandle {
	return &tokenHandle{
		inner: credential.NewStableAccessToken(appID, secret, prefix, cache),
		cache: cache,
		key:   prefix + "_stable_access_token_" + appID, // as the library builds it
		route: way,
	}
}

// GetAccessToken is GetAccessTokenContext for those of the library's calls that
// carry no context.
func (h *tokenHandle) GetAccessToken() (string, error) {
	return h.GetAccessTokenContext(context.Background())
}

// GetAccessTokenContext returns a token of the account. Its errors are those of
// plain, or that of a ctx that ended while it waited.
func (h *tokenHandle) GetAccessTokenContext(ctx context.Context) (string, error) {
	if token := h.cache.find(ctx, h.key); token != "" {
		return token, nil
	}
	// One caller's hurry must not fail the fetch for the others.
	detached := h.route.take(context.WithoutCancel(ctx))
	fetched := h.flight.DoChan("", func() (any, error) {
		token, err := h.inner.GetAccessTokenContext(detached)
		if token != "" {
			return token, nil // the library returns the token together with the cache's error
		}
		return "", plain(err)
	})
	select {
	case <-ctx.Done():
		return "", ctx.Err()
	case result := <-fetched:
		return result.Val.(string), result.Err
	}
}

// withToken makes a call with the account's token, and once more with a fresh one
// if WeChat does not take it.
func (h *tokenHandle) withToken(ctx context.Context, call func(ctx context.Context, token string) error) error {
	ctx = h.route.take(ctx)
	token, err := h.GetAccessTokenContext(ctx)
	if err != nil {
		return err
	}
	err = plain(call(ctx, token))
	if !isTokenStale(err) {
		return err
	}
	h.cache.drop(ctx, h.key, token)
	if token, err = h.GetAccessTokenContext(ctx); err != nil {
		return err
	}
	return plain(call(ctx, token))
}
