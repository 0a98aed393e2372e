package wxconfig

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf16"

	"kezhi/service"
)

// The platform's field types, as its documents and others' refusals tell them. A
// value that does not fit is answered with 47003 and the whole message is lost, so
// each is made to fit here, or refused before it leaves.
var fitters = map[string]func(string) (string, error){
	"thing":            fitText(20),
	"const":            fitText(20), // must also be on the template's audited list, which only the platform knows
	"keyword":          fitText(20), // of templates from before the types
	"character_string": fitASCII(32),
	"letter":           fitOnly(32, "letters", isLatin),
	"symbol":           fitOnly(5, "symbols", func(r rune) bool { return unicode.IsPunct(r) || unicode.IsSymbol(r) }),
	"number":           fitNumber,
	"amount":           fitAmount,
	"phone_number":     fitOnly(17, "digits", func(r rune) bool { return strings.ContainsRune("+-() ", r) || isDigit(r) }),
	"car_number":       fitText(8),
	"name":             fitName,
	"phrase":           fitPhrase,
	"time":             fitTime,
	"date":             fitDate,
}

var errEmpty = errors.New("the value is empty")

// fit makes a value as people write it into one of the field type. It returns an
// error when nothing true could be shown.
func fit(fieldType, value string) (string, error) {
	fitter, known := fitters[fieldType]
	if !known {
		return "", fmt.Errorf("there is no field type %q", fieldType)
	}
	return fitter(oneLine(value))
}

// oneLine drops what the platform strips or refuses: line breaks, control
// characters, and emoji.
func oneLine(value string) string {
	value = strings.ToValidUTF8(value, "")
	value = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), isEmoji(r), unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, value)
	return strings.Join(strings.Fields(value), " ")
}

func isEmoji(r rune) bool {
	return r >= 0x1F000 && r <= 0x1FAFF || r >= 0x2600 && r <= 0x27BF || r >= 0xFE00 && r <= 0xFE0F || r >= 0xE0000 && r <= 0xE01EF
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' }
func isLatin(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }
func isHan(r rune) bool   { return unicode.Is(unicode.Han, r) }

// width counts as JavaScript does, where a rare character takes two: whichever way
// the platform counts, the value is not too long.
func width(value string) int {
	n := 0
	for _, r := range value {
		n += max(utf16.RuneLen(r), 1)
	}
	return n
}

// cut shortens to limit, and says so by an ellipsis. It never leaves half a
// character: neither half a rune, nor a letter without the marks that follow it.
func cut(value string, limit int) string {
	if width(value) <= limit {
		return value
	}
	return strings.TrimSpace(cutHard(value, limit-1)) + "…"
}

func cutHard(value string, limit int) string {
	used, whole := 0, 0
	for i, r := range value {
		if !unicode.Is(unicode.M, r) {
			whole = i // a new character begins here
		}
		if used += max(utf16.RuneLen(r), 1); used > limit {
			return value[:whole]
		}
	}
	return value
}

// cutRunes is for texts of staff, where half a character does no harm.
func cutRunes(value string, limit int) string {
	runes := []rune(value)
	return string(runes[:min(limit, len(runes))])
}

func fitText(limit int) func(string) (string, error) {
	return func(value string) (string, error) {
		if value == "" {
			return "-", nil
		}
		return cut(value, limit), nil
	}
}

func fitASCII(limit int) func(string) (string, error) {
	return fitOnly(limit, "letters, digits and symbols", func(r rune) bool { return r > ' ' && r < 0x7f })
}

// fitOnly refuses a value that has anything else in it, and one that is too long:
// half of a code or of a number is worse than none.
func fitOnly(limit int, what string, allowed func(rune) bool) func(string) (string, error) {
	return func(value string) (string, error) {
		if value == "" {
			return "", errEmpty
		}
		for _, r := range value {
			if !allowed(r) {
				return "", fmt.Errorf("%q stands in it, where only %s may", r, what)
			}
		}
		if width(value) > limit {
			return "", fmt.Errorf("it has more than %d characters", limit)
		}
		return value, nil
	}
}

var numberForm = regexp.MustCompile(`^-?\d+(\.\d+)?$`)

func fitNumber(value string) (string, error) {
	if !numberForm.MatchString(value) || len(value) > 32 {
		return "", fmt.Errorf("%q is no number of at most 32 digits", value)
	}
	return value, nil
}

var amountForm = regexp.MustCompile(`^[¥￥$]?\d{1,10}(\.\d+)?元?$`)

func fitAmount(value string) (string, error) {
	if !amountForm.MatchString(value) {
		return "", fmt.Errorf("%q is no amount of money", value)
	}
	return value, nil
}

// fitName keeps to 10 characters with Chinese ones, or 20 of Latin letters.
func fitName(value string) (string, error) {
	value = strings.Map(func(r rune) rune {
		if isDigit(r) {
			return -1
		}
		return r
	}, value)
	if value == "" {
		return "", errEmpty
	}
	if strings.ContainsFunc(value, isHan) {
		return cutHard(value, 10), nil
	}
	return cutHard(value, 20), nil
}

// fitPhrase keeps the Chinese characters, five at most.
func fitPhrase(value string) (string, error) {
	value = strings.Map(func(r rune) rune {
		if isHan(r) {
			return r
		}
		return -1
	}, value)
	if value == "" {
		return "", errors.New("no Chinese character is in it")
	}
	return cutHard(value, 5), nil
}

var (
	dateInText  = regexp.MustCompile(`(\d{4})\s*[年/.-]\s*(\d{1,2})\s*[月/.-]\s*(\d{1,2})\s*日?`)
	clockInText = regexp.MustCompile(`(\d{1,2})\s*[:：]\s*(\d{2})`)
)

// fitTime writes the first date, and the first clock time after it, that stand in
// the value: 2026年5月1日 周五 14:00—16:00 becomes 2026年5月1日 14:00. A time with a
// zone is turned into Shanghai's.
func fitTime(value string) (string, error) {
	if at, err := time.Parse(time.RFC3339, value); err == nil {
		at = at.In(service.Shanghai)
		return fmt.Sprintf("%d年%d月%d日 %02d:%02d", at.Year(), at.Month(), at.Day(), at.Hour(), at.Minute()), nil
	}
	date, rest, err := findDate(value)
	if err != nil {
		return "", err
	}
	if m := clockInText.FindStringSubmatch(rest); m != nil {
		hour, _ := strconv.Atoi(m[1])
		minute, _ := strconv.Atoi(m[2])
		if hour < 24 && minute < 60 {
			return fmt.Sprintf("%s %02d:%02d", date, hour, minute), nil
		}
	}
	return date, nil
}

func fitDate(value string) (string, error) {
	if at, err := time.Parse(time.RFC3339, value); err == nil {
		at = at.In(service.Shanghai)
		return fmt.Sprintf("%d年%d月%d日", at.Year(), at.Month(), at.Day()), nil
	}
	date, _, err := findDate(value)
	return date, err
}

func findDate(value string) (date, rest string, err error) {
	at := dateInText.FindStringSubmatchIndex(value)
	if at == nil {
		return "", "", fmt.Errorf("%q has no date with its year", value)
	}
	year, _ := strconv.Atoi(value[at[2]:at[3]])
	month, _ := strconv.Atoi(value[at[4]:at[5]])
	day, _ := strconv.Atoi(value[at[6]:at[7]])
	if d := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC); d.Day() != day || int(d.Month()) != month {
		return "", "", fmt.Errorf("%q is no day", value[at[0]:at[1]])
	}
	return fmt.Sprintf("%d年%d月%d日", year, month, day), value[at[1]:], nil
}
