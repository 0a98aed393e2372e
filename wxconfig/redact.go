package wxconfig

import "regexp"

var (
	secretInQuery = regexp.MustCompile(`(?i)\b(secret|access_token|refresh_token|js_code|code|ticket|openid|session_key)=[^&\s"'<>]*`)
	secretInJSON  = regexp.MustCompile(`(?i)"(secret|access_token|refresh_token|js_code|code|ticket|openid|session_key)"\s*:\s*"[^"]*"`)
)

// redact takes the secrets out of a text that may repeat a URL or a body of WeChat's.
func redact(text string) string {
	text = secretInQuery.ReplaceAllString(text, "$1=***")
	return secretInJSON.ReplaceAllString(text, `"$1":"***"`)
}
