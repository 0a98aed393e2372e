package service

import (
	"errors"
	"strings"
	"time"
)

// NationalID is a citizen identity number (公民身份号码) by GB 11643-1999, taken apart.
type NationalID struct {
	Number string // 18 characters, X in upper case
	Birth  time.Time
	Sex    string // 男 or 女
}

// What can be wrong with a national id, in words for the person.
var (
	errNationalIDLength   = errors.New("身份证号码应为 18 位")
	errNationalIDDigits   = errors.New("身份证号码只能是数字，最后一位可以是 X")
	errNationalIDRegion   = errors.New("身份证号码的前两位不是有效的地区代码，请核对")
	errNationalIDBirth    = errors.New("身份证号码中的出生日期不存在，请核对")
	errNationalIDCheckSum = errors.New("身份证号码有误，请逐位核对")
)

// provinces are the first two digits that GB/T 2260 gives out, with Hong Kong,
// Macao and Taiwan residents' permits (81, 82, 83).
const provinces = "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82 83"

// ParseNationalID checks length, characters, region, birth date (not after now,
// not before 1900) and the ISO 7064 MOD 11-2 check character. Its errors are
// sentences for the person.
func ParseNationalID(text string, now time.Time) (NationalID, error) {
	number := strings.ToUpper(strings.ReplaceAll(strings.TrimSpace(text), " ", ""))
	if len(number) != 18 {
		return NationalID{}, errNationalIDLength
	}
	weights := [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}
	sum := 0
	for i := range 17 {
		if number[i] < '0' || number[i] > '9' {
			return NationalID{}, errNationalIDDigits
		}
		sum += int(number[i]-'0') * weights[i]
	}
	if last := number[17]; last != 'X' && (last < '0' || last > '9') {
		return NationalID{}, errNationalIDDigits
	}
	if !strings.Contains(provinces, number[:2]) {
		return NationalID{}, errNationalIDRegion
	}
	birth, err := time.ParseInLocation("20060102", number[6:14], Shanghai)
	if err != nil || birth.Year() < 1900 || birth.After(now) {
		return NationalID{}, errNationalIDBirth
	}
	if "10X98765432"[sum%11] != number[17] {
		return NationalID{}, errNationalIDCheckSum
	}
	sex := "女"
	if (number[16]-'0')%2 == 1 {
		sex = "男"
	}
	return NationalID{Number: number, Birth: birth, Sex: sex}, nil
}
