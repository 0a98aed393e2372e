package service

import (
	"crypto/hmac"
	"crypto/rand"
	"encoding/base64"
	"strings"
)

// A check-in code's token is a version byte, 128 random bits and 32 bits of a keyed
// hash of both, in base64url: 28 characters. The hash lets junk be refused without a look-up.
const (
	codeVersion = 1
	codeRandom  = 16
	codeTag     = 4
	codePath    = "/c/"
)

// Refusals of check-in codes.
var (
	ErrCodeJunk    = refuse(Invalid, "check_in.junk", "这不是签到码，请扫志愿者出示的签到码")
	ErrCodeUnknown = refuse(NotFound, "check_in.unknown", "签到码已失效，请志愿者打开“我的活动”出示新的签到码")
)

func (s *Registrations) newCode() string {
	raw := make([]byte, 1+codeRandom, 1+codeRandom+codeTag)
	raw[0] = codeVersion
	_, _ = rand.Read(raw[1:]) // never fails: crypto/rand ends the process first
	return base64.RawURLEncoding.EncodeToString(append(raw, s.codeTag(raw)...))
}

func (s *Registrations) codeTag(raw []byte) []byte {
	return s.Vault.Digest("check_in_code", string(raw))[:codeTag]
}

// CodeURL is what the QR code of a token holds.
func (s *Registrations) CodeURL(token string) string { return s.Origin + codePath + token }

// readCode returns the token of a scan, which may be the token or a whole URL, and
// refuses what we cannot have made with ErrCodeJunk.
func (s *Registrations) readCode(scan string) (string, error) {
	token := strings.TrimSpace(scan)
	if i := strings.LastIndex(token, codePath); i >= 0 {
		token = token[i+len(codePath):]
	}
	if i := strings.IndexAny(token, "?#/"); i >= 0 {
		token = token[:i]
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(raw) != 1+codeRandom+codeTag || raw[0] != codeVersion {
		return "", ErrCodeJunk
	}
	if !hmac.Equal(raw[1+codeRandom:], s.codeTag(raw[:1+codeRandom])) {
		return "", ErrCodeJunk
	}
	return token, nil
}
