package wxconfig

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"kezhi/service"
)

// Template maps a kind of notice to a template of the account: Fields leads from
// the kind's value names to the template's field keys. A key without its digits is
// its type, so thing1 is a thing.
type Template struct {
	ID     string            `json:"id"`
	Fields map[string]string `json:"fields"`
}

var fieldKeyForm = regexp.MustCompile(`^([a-z_]+?)(\d+)$`)

// fieldType returns the type of a field key, or empty when there is no such type.
func fieldType(key string) string {
	m := fieldKeyForm.FindStringSubmatch(key)
	if m == nil {
		return ""
	}
	if _, known := fitters[m[1]]; !known {
		return ""
	}
	return m[1]
}

func (t Template) validate(kind service.NoticeKind) []error {
	var faults []error
	if t.ID == "" {
		faults = append(faults, errors.New("the template id is missing"))
	}
	names, known := noticeValues[kind]
	if !known {
		return append(faults, errors.New("there is no such kind of notice"))
	}
	if len(t.Fields) == 0 {
		faults = append(faults, errors.New("no field is mapped"))
	}
	user := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(t.Fields)) {
		key := t.Fields[name]
		if !slices.Contains(names, name) {
			faults = append(faults, fmt.Errorf("%s is no value of this notice; it has %s", name, strings.Join(names, ", ")))
		}
		if fieldType(key) == "" {
			faults = append(faults, fmt.Errorf("%s: %q is no field key like thing1", name, key))
		}
		if other := user[key]; other != "" {
			faults = append(faults, fmt.Errorf("%s and %s both go to %s", other, name, key))
		}
		user[key] = name
	}
	return faults
}

// noticeValues are the value names of each kind, as its comment in service has them.
var noticeValues = map[service.NoticeKind][]string{
	service.NoticeApproved:       {"name", "organization", "result", "time"},
	service.NoticeRejected:       {"name", "organization", "result", "time"},
	service.NoticeActivationCode: {"code", "expires", "note"},
	service.NoticeSignedUp:       {"activity", "time", "place", "name"},
	service.NoticeChanged:        {"activity", "time", "place", "note"},
	service.NoticeCancelled:      {"activity", "time", "place", "note"},
	service.NoticePending:        {"name", "organization", "time", "note"},
}

// SampleTemplate is a template as an association would pick it from the platform's
// library, one for each kind of notice. The sandbox's account has these.
type SampleTemplate struct {
	Kind   service.NoticeKind
	ID     string
	Title  string
	Fields []SampleField
}

// SampleField is one line of a template: what people read before the value, the
// template's key, and the notice's value that goes there.
type SampleField struct {
	Label string
	Key   string
	Value string
}

// Template is the mapping that fits the sample.
func (s SampleTemplate) Template() Template {
	fields := map[string]string{}
	for _, field := range s.Fields {
		fields[field.Value] = field.Key
	}
	return Template{ID: s.ID, Fields: fields}
}

// DefaultTemplates are the templates of the sandbox's account, which
// SandboxSettings maps to.
func DefaultTemplates() []SampleTemplate {
	return []SampleTemplate{
		{service.NoticeApproved, "sandbox-volunteer-approved-0000000000000001", "志愿者审核通过通知", []SampleField{
			{"申请人", "thing1", "name"}, {"审核单位", "thing2", "organization"}, {"审核结果", "phrase3", "result"}, {"审核时间", "time4", "time"},
		}},
		{service.NoticeRejected, "sandbox-volunteer-rejected-0000000000000002", "志愿者审核未通过通知", []SampleField{
			{"申请人", "thing1", "name"}, {"审核单位", "thing2", "organization"}, {"审核结果", "phrase3", "result"}, {"审核时间", "time4", "time"},
		}},
		{service.NoticeActivationCode, "sandbox-volunteer-activation-00000000000003", "账号激活提醒", []SampleField{
			{"激活码", "character_string1", "code"}, {"有效期至", "time2", "expires"}, {"温馨提示", "thing3", "note"},
		}},
		{service.NoticeSignedUp, "sandbox-registration-confirmed-000000000004", "活动报名成功通知", []SampleField{
			{"活动名称", "thing1", "activity"}, {"活动时间", "time2", "time"}, {"活动地点", "thing3", "place"}, {"报名人", "thing4", "name"},
		}},
		{service.NoticeChanged, "sandbox-activity-changed-000000000000000005", "活动变更通知", []SampleField{
			{"活动名称", "thing1", "activity"}, {"活动时间", "time2", "time"}, {"活动地点", "thing3", "place"}, {"变更说明", "thing4", "note"},
		}},
		{service.NoticeCancelled, "sandbox-activity-cancelled-0000000000000006", "活动取消通知", []SampleField{
			{"活动名称", "thing1", "activity"}, {"活动时间", "time2", "time"}, {"活动地点", "thing3", "place"}, {"取消说明", "thing4", "note"},
		}},
		{service.NoticePending, "sandbox-volunteer-pending-00000000000000007", "待审核提醒", []SampleField{
			{"申请人", "thing1", "name"}, {"申请单位", "thing2", "organization"}, {"提交时间", "time3", "time"}, {"备注", "thing4", "note"},
		}},
	}
}
