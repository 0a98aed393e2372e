package handler

import (
	"context"
	"net/netip"
	"time"
)

// limit is how often one address may do something.
type limit struct {
	name   string
	most   int
	within time.Duration
}

// limited is the endpoint for those whose address has not asked too often. It refuses
// with service.ErrRateLimited.
func (s *server) limited(l limit, answer endpoint) endpoint {
	return func(ctx context.Context, c call) (any, error) {
		if err := s.allow(ctx, l, c.gin.ClientIP()); err != nil {
			return nil, err
		}
		return answer(ctx, c)
	}
}

func (s *server) allow(ctx context.Context, l limit, address string) error {
	return s.Limiter.Allow(ctx, "address:"+l.name+":"+household(address), l.most, l.within)
}

// household is what one subscriber holds: an address, of IPv6 a /64.
func household(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return "unknown"
	}
	a = a.Unmap().WithZone("")
	if a.Is4() {
		return a.String()
	}
	prefix, err := a.Prefix(64)
	if err != nil {
		return "unknown"
	}
	return prefix.String()
}
