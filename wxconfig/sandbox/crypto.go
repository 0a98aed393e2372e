package sandbox

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // the platform's choice
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"sort"
)

// signature is SHA-1 over the sorted parts.
func signature(parts ...string) string {
	sort.Strings(parts)
	h := sha1.New() //nolint:gosec // the platform's choice
	for _, part := range parts {
		_, _ = io.WriteString(h, part)
	}
	return hex.EncodeToString(h.Sum(nil))
}

const padTo = 32 // of PKCS#7, though the cipher's blocks have 16 bytes

// encrypt is AES-256-CBC over 16 random bytes, the length, the message and the AppID.
func encrypt(encodingKey, appID string, message []byte) string {
	key, err := base64.StdEncoding.DecodeString(encodingKey + "=")
	if err != nil {
		return ""
	}
	plain := make([]byte, 16, 20+len(message)+len(appID)+padTo)
	_, _ = rand.Read(plain)
	plain = binary.BigEndian.AppendUint32(plain, uint32(len(message)))
	plain = append(plain, message...)
	plain = append(plain, appID...)
	pad := padTo - len(plain)%padTo
	for range pad {
		plain = append(plain, byte(pad))
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return ""
	}
	cipher.NewCBCEncrypter(block, key[:16]).CryptBlocks(plain, plain)
	return base64.StdEncoding.EncodeToString(plain)
}

var errCipher = errors.New("sandbox: not a message of this key")

func decrypt(encodingKey, encrypted string) (message []byte, appID string, err error) {
	key, err := base64.StdEncoding.DecodeString(encodingKey + "=")
	if err != nil {
		return nil, "", err
	}
	text, err := base64.StdEncoding.DecodeString(encrypted)
	if err != nil || len(text) < padTo || len(text)%aes.BlockSize != 0 {
		return nil, "", errCipher
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, "", err
	}
	cipher.NewCBCDecrypter(block, key[:16]).CryptBlocks(text, text)
	pad := int(text[len(text)-1])
	if pad < 1 || pad > padTo || len(text)-pad < 20 {
		return nil, "", errCipher
	}
	text = text[:len(text)-pad]
	length := uint64(binary.BigEndian.Uint32(text[16:20]))
	if 20+length > uint64(len(text)) {
		return nil, "", errCipher
	}
	return text[20 : 20+length], string(text[20+length:]), nil
}
