package wxconfig

import (
	"strings"
	"testing"
)

func TestValuesAreFittedToTheirField(t *testing.T) {
	t.Parallel()
	const refused = "\x00"
	for _, row := range []struct{ kind, value, want string }{
		{"thing", "科普讲座", "科普讲座"},
		{"thing", "", "-"},
		{"thing", " \n ", "-"},
		{"thing", "第一行\r\n第二行", "第一行 第二行"},
		{"thing", strings.Repeat("科", 20), strings.Repeat("科", 20)},
		{"thing", strings.Repeat("科", 21), strings.Repeat("科", 19) + "…"},
		{"thing", "加油🎉！", "加油！"},
		{"thing", "👨‍👩‍👧", "-"},
		{"thing", strings.Repeat("a", 18) + "e\u0301" + "bc", strings.Repeat("a", 18) + "…"}, // a letter stays with its accent
		{"thing", strings.Repeat("科", 18) + "𠮷野家", strings.Repeat("科", 18) + "…"},            // two units wide: may count as two
		{"thing", "坏\xff字", "坏字"},
		{"character_string", "482913", "482913"},
		{"character_string", "激活码1", refused},
		{"character_string", "", refused},
		{"character_string", strings.Repeat("1", 33), refused}, // half a code is no code
		{"time", "2026年5月1日 周五 14:00", "2026年5月1日 14:00"},
		{"time", "2026年5月1日 周五 9:05—11:00", "2026年5月1日 09:05"},
		{"time", "2026-05-01 14:00", "2026年5月1日 14:00"},
		{"time", "2026-05-01T06:00:00Z", "2026年5月1日 14:00"},
		{"time", "2026年5月1日", "2026年5月1日"},
		{"time", "2026年2月30日 14:00", refused},
		{"time", "明天 14:00", refused},
		{"time", "", refused},
		{"date", "2026-05-01T18:00:00Z", "2026年5月2日"},
		{"phrase", "审核通过", "审核通过"},
		{"phrase", "审核未获通过了", "审核未获通"},
		{"phrase", "通过!", "通过"},
		{"phrase", "OK", refused},
		{"name", "王晓兰", "王晓兰"},
		{"name", "阿卜杜拉·买买提·吾布力", "阿卜杜拉·买买提·吾"},
		{"name", "Alexander Hamilton the First", "Alexander Hamilton t"},
		{"name", "小王2号", "小王号"},
		{"name", "123", refused},
		{"number", "12.5", "12.5"},
		{"number", "十二", refused},
		{"amount", "12元", "12元"},
		{"amount", "免费", refused},
		{"phone_number", "0575-87654321", "0575-87654321"},
		{"phone_number", "张三", refused},
		{"letter", "AB", "AB"},
		{"letter", "A1", refused},
		{"symbol", "★", refused}, // taken for an emoji, which the platform strips
		{"symbol", "+", "+"},
		{"const", "已通过", "已通过"},
		{"colour", "红", refused},
	} {
		got, err := fit(row.kind, row.value)
		if err != nil {
			got = refused
		}
		if got != row.want {
			t.Errorf("fit(%q, %q): got %q, %v, want %q", row.kind, row.value, got, err, row.want)
		}
	}
}

func TestFieldKeyTellsItsType(t *testing.T) {
	t.Parallel()
	for key, want := range map[string]string{
		"thing1": "thing", "character_string12": "character_string", "phone_number3": "phone_number",
		"thing": "", "1": "", "thing1.DATA": "", "colour1": "", "": "",
	} {
		if got := fieldType(key); got != want {
			t.Errorf("fieldType(%q): got %q, want %q", key, got, want)
		}
	}
}
