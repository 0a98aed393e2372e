package wxconfig

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"kezhi/service"

	"github.com/redis/go-redis/v9"
	"github.com/silenceper/wechat/v2/credential"
	"github.com/silenceper/wechat/v2/miniprogram"
	miniconfig "github.com/silenceper/wechat/v2/miniprogram/config"
	"github.com/silenceper/wechat/v2/officialaccount"
	officialconfig "github.com/silenceper/wechat/v2/officialaccount/config"
)

// WeChat is one official account with, optionally, its mini program. It is a
// service.WeChatLogin, a service.JSSigner and a service.Messenger, and is safe for
// concurrent use.
type WeChat struct {
	settings Settings
	log      *slog.Logger
	now      func() time.Time
	redis    redis.UniversalClient
	route    *route

	official      *officialaccount.OfficialAccount
	officialToken *tokenHandle
	ticket        *ticketHandle
	mini          *miniprogram.MiniProgram // nil: there is none
	miniToken     *tokenHandle
}

var (
	_ service.WeChatLogin = (*WeChat)(nil)
	_ service.JSSigner    = (*WeChat)(nil)
	_ service.Messenger   = (*WeChat)(nil)
)

// New returns the account of the settings, or all their faults in one error. It
// calls neither WeChat nor Redis. Tokens and the memory of pushes live in the
// client's Redis, which all instances share; while it is away, WeChat works on.
func New(settings Settings, client redis.UniversalClient, log *slog.Logger, now func() time.Time) (*WeChat, error) {
	if faults := settings.Validate(); len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	install()

	way := &route{timeout: settings.Timeout}
	if way.timeout == 0 {
		way.timeout = defaultTimeout
	}
	if settings.APIBase != "" && strings.TrimRight(settings.APIBase, "/") != PlatformAPIBase {
		base, err := url.Parse(settings.APIBase)
		if err != nil {
			return nil, err
		}
		way.base = base
	}
	w := &WeChat{settings: settings, log: log, now: now, redis: client, route: way}
	cache := newTokenCache(client, log, now)

	w.official = officialaccount.NewOfficialAccount(&officialconfig.Config{
		AppID: settings.AppID, AppSecret: settings.AppSecret,
		Token: settings.Token, EncodingAESKey: settings.EncodingAESKey,
		Cache: cache, UseStableAK: true,
	})
	w.officialToken = newTokenHandle(settings.AppID, settings.AppSecret, credential.CacheKeyOfficialAccountPrefix, cache, way)
	w.official.SetAccessTokenHandle(w.officialToken)
	w.official.GetOauth() // it is made at its first use, which races
	w.ticket = newTicketHandle(settings.AppID, w.officialToken, cache)

	if settings.MiniAppID != "" {
		w.mini = miniprogram.NewMiniProgram(&miniconfig.Config{
			AppID: settings.MiniAppID, AppSecret: settings.MiniAppSecret,
			Cache: cache, UseStableAK: true,
		})
		w.miniToken = newTokenHandle(settings.MiniAppID, settings.MiniAppSecret, credential.CacheKeyMiniProgramPrefix, cache, way)
		w.mini.SetAccessTokenContextHandle(w.miniToken)
	}
	return w, nil
}

// away is how a failure of WeChat's reaches people; the cause is for the log.
func away(err error) error { return service.ErrWeChatAway.Because(err) }

// digest is a short name for a value that must not be shown.
func digest(value string) string {
	sum := sha256.Sum256([]byte(value))
	return hex.EncodeToString(sum[:16])
}

var _ credential.AccessTokenContextHandle = (*tokenHandle)(nil)
