package sandbox

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

var (
	timeForm   = regexp.MustCompile(`^(\d{4}年\d{1,2}月\d{1,2}日)?( ?\d{1,2}:\d{2}(:\d{2})?)?$`)
	dateForm   = regexp.MustCompile(`^\d{4}年\d{1,2}月\d{1,2}日$`)
	numberForm = regexp.MustCompile(`^-?\d+(\.\d+)?$`)
	amountForm = regexp.MustCompile(`^[¥￥$]?\d{1,10}(\.\d+)?元?$`)
	phoneForm  = regexp.MustCompile(`^[0-9+\-() ]{1,17}$`)
	phraseForm = regexp.MustCompile(`^\p{Han}{1,5}$`)
	letterForm = regexp.MustCompile(`^[A-Za-z]{1,32}$`)
)

// fieldFits is the platform's check of a value, as strict as any report of it.
func fieldFits(kind, value string) bool {
	n := utf8.RuneCountInString(value)
	if !utf8.ValidString(value) || strings.ContainsAny(value, "\r\n\t") || strings.TrimSpace(value) == "" {
		return false
	}
	han := strings.ContainsFunc(value, func(r rune) bool { return unicode.Is(unicode.Han, r) })
	switch kind {
	case "thing", "const", "keyword":
		return n <= 20
	case "character_string":
		return n <= 32 && !strings.ContainsFunc(value, func(r rune) bool { return r > unicode.MaxASCII })
	case "time":
		return timeForm.MatchString(value)
	case "date":
		return dateForm.MatchString(value)
	case "number":
		return n <= 32 && numberForm.MatchString(value)
	case "amount":
		return amountForm.MatchString(value)
	case "phone_number":
		return phoneForm.MatchString(value)
	case "phrase":
		return phraseForm.MatchString(value)
	case "letter":
		return letterForm.MatchString(value)
	case "symbol":
		return n <= 5
	case "car_number":
		return n <= 8
	case "name":
		return !strings.ContainsFunc(value, unicode.IsDigit) && (han && n <= 10 || !han && n <= 20)
	}
	return false
}
