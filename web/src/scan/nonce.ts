// newNonce is 128 random bits, as base64url. One is made for each scan and stays with
// it through every retry, so that the server does it once.
export function newNonce(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return btoa(String.fromCharCode(...bytes)).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '')
}
