package wxconfig

import (
	"context"
	"errors"
	"time"

	"github.com/silenceper/wechat/v2/credential"
	"github.com/silenceper/wechat/v2/util"
	"golang.org/x/sync/singleflight"
)

// ticketHandle gives the account's JS-SDK ticket. The library's own cannot drop a
// ticket; and nobody tells the server that a ticket is bad, for it is the phone
// that finds out. So a ticket is kept under the token that it was fetched with, and
// is gone together with that token.
type ticketHandle struct {
	token  *tokenHandle
	cache  *tokenCache
	key    string
	flight singleflight.Group
}

// Before its end a ticket is renewed, so that pages signed with it outlive their loading.
const ticketMargin = 300 * time.Second

func newTicketHandle(appID string, token *tokenHandle, cache *tokenCache) *ticketHandle {
	return &ticketHandle{
		token: token,
		cache: cache,
		key:   credential.CacheKeyOfficialAccountPrefix + "_jsapi_ticket_" + appID,
	}
}

func (h *ticketHandle) get(ctx context.Context) (string, error) {
	var ticket string
	err := h.token.withToken(ctx, func(ctx context.Context, token string) error {
		var err error
		ticket, err = h.under(ctx, token)
		return err
	})
	return ticket, err
}

func (h *ticketHandle) under(ctx context.Context, token string) (string, error) {
	key := h.key + "_" + digest(token) // not the token itself: keys show up where values do not
	if ticket := h.cache.find(ctx, key); ticket != "" {
		return ticket, nil
	}
	detached := context.WithoutCancel(ctx)
	fetched := h.flight.DoChan(key, func() (any, error) {
		body, err := util.HTTPGetContext(detached,
			"https://api.weixin.qq.com/cgi-bin/ticket/getticket?access_token="+token+"&type=jsapi")
		if err != nil {
			return "", err
		}
		var answer credential.ResTicket
		if err := util.DecodeWithError(body, &answer, "getticket"); err != nil {
			return "", err
		}
		if answer.Ticket == "" {
			return "", errors.New("wechat getticket: the answer has no ticket")
		}
		_ = h.cache.SetContext(detached, key, answer.Ticket, time.Duration(answer.ExpiresIn)*time.Second-ticketMargin)
		return answer.Ticket, nil
	})
	select {
	case <-ctx.Done():
		return "", ctx.Err()
	case result := <-fetched:
		return result.Val.(string), result.Err
	}
}
