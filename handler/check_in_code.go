package handler

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"kezhi/service"

	"github.com/skip2/go-qrcode"
)

// codePixels is the side of the picture of a check-in code: sharp on every phone, and small to send.
const codePixels = 512

// getRegistrationCode draws the check-in code of one of the actor's own sign-ups. The picture
// follows from the token alone, so a browser that has it is not sent it again.
func (s *server) getRegistrationCode(ctx context.Context, c call) (any, error) {
	r, err := s.Services.Registrations.Own(ctx, c.actor, c.id())
	if err != nil {
		return nil, err
	}
	if r.State != service.RegistrationConfirmed {
		return nil, service.ErrRegistrationCancelled
	}
	url := s.Services.Registrations.CodeURL(r.Code)
	sum := sha256.Sum256([]byte(url))
	code := picture{mime: "image/png", etag: `"` + hex.EncodeToString(sum[:12]) + `"`}
	if c.gin.GetHeader("If-None-Match") == code.etag {
		return code, nil
	}
	// Medium: readable with 15 % of it scratched or in glare. go-qrcode leaves the quiet zone around it.
	if code.bytes, err = qrcode.Encode(url, qrcode.Medium, codePixels); err != nil {
		return nil, fmt.Errorf("drawing the check-in code: %w", err)
	}
	return code, nil
}
