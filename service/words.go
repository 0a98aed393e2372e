package service

import "time"

// WeChatTime writes a moment as the template field type time wants it (wechat.md).
func WeChatTime(t time.Time) string { return t.In(Shanghai).Format("2006年1月2日 15:04") }

// ShortTime writes a moment as 5月1日 14:00.
func ShortTime(t time.Time) string { return t.In(Shanghai).Format("1月2日 15:04") }

// ClockTime writes a moment as 9:02.
func ClockTime(t time.Time) string { return t.In(Shanghai).Format("15:04") }

// dayOf returns the first moment of the day in China, and of the day after it.
func dayOf(t time.Time) (from, to time.Time) {
	y, m, d := t.In(Shanghai).Date()
	from = time.Date(y, m, d, 0, 0, 0, 0, Shanghai)
	return from, from.AddDate(0, 0, 1)
}
