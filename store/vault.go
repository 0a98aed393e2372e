package store

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// Vault implements service.Vault with Tink's AEAD and, under a separate key, HMAC-SHA-256.
type Vault struct {
	aead  tink.AEAD
	index []byte
}

// keyFile is what a key file holds, as JSON. The keyset may hold several keys: the
// primary one seals, every one opens, so that keys can be rotated.
type keyFile struct {
	AEAD  json.RawMessage `json:"aead"`  // a Tink keyset in JSON
	Index []byte          `json:"index"` // 32 random bytes in base64
}

// NewKeys makes the content of a fresh key file. Who loses it loses every national
// id and phone; who has it and the documents can read them.
func NewKeys() ([]byte, error) {
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return nil, err
	}
	var set strings.Builder
	if err := insecurecleartextkeyset.Write(handle, keyset.NewJSONWriter(&set)); err != nil {
		return nil, err
	}
	file := keyFile{AEAD: json.RawMessage(set.String()), Index: make([]byte, 32)}
	_, _ = rand.Read(file.Index) // never fails: crypto/rand ends the process first
	return json.MarshalIndent(file, "", "  ")
}

// NewVault reads a key file's content.
func NewVault(keys []byte) (*Vault, error) {
	var file keyFile
	if err := json.Unmarshal(keys, &file); err != nil {
		return nil, errors.New("the key file is not JSON as `kezhi keys` writes it")
	}
	if len(file.Index) != 32 {
		return nil, errors.New("the key file's index key is not 32 bytes")
	}
	handle, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(strings.NewReader(string(file.AEAD))))
	if err != nil {
		return nil, fmt.Errorf("reading the key file's keyset: %w", err)
	}
	a, err := aead.New(handle)
	if err != nil {
		return nil, fmt.Errorf("using the key file's keyset: %w", err)
	}
	return &Vault{aead: a, index: file.Index}, nil
}

// Seal encrypts text for one place.
func (v *Vault) Seal(text, place string) ([]byte, error) {
	return v.aead.Encrypt([]byte(text), []byte(place))
}

// Open decrypts what was sealed for the place.
func (v *Vault) Open(sealed []byte, place string) (string, error) {
	text, err := v.aead.Decrypt(sealed, []byte(place))
	if err != nil {
		return "", fmt.Errorf("opening what is sealed for %s: %w", place, err)
	}
	return string(text), nil
}

// Digest is HMAC-SHA-256 over purpose and text.
func (v *Vault) Digest(purpose, text string) []byte {
	h := hmac.New(sha256.New, v.index)
	h.Write([]byte(purpose))
	h.Write([]byte{0})
	h.Write([]byte(text))
	return h.Sum(nil)
}
