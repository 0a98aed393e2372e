package service

import (
	"context"
	"net/mail"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// VolunteerForm is the registration form as it was filled in (报名登记表).
type VolunteerForm struct {
	Profile
	NationalID     string
	Phone          string
	OrganizationID string
	Version        int64 // when submitting again: the version that was seen
}

// Submit registers the actor, or submits a rejected registration again. Errors:
// ErrInvalid with every field that is wrong, ErrNotConsented, ErrAlreadySubmitted,
// ErrChanged, ErrNationalIDTaken, ErrPhoneTaken.
func (s *Volunteers) Submit(ctx context.Context, actor Actor, form VolunteerForm) (*Volunteer, error) {
	person, err := s.People.Person(ctx, actor.PersonID)
	if err != nil {
		return nil, err
	}
	if !person.consentedTo(Privacy.Version) {
		return nil, ErrNotConsented
	}
	organization, err := s.check(ctx, actor, &form)
	if err != nil {
		return nil, err
	}
	v, err := s.Store.Volunteer(ctx, actor.PersonID)
	first := isRefusal(err, ErrVolunteerNotFound)
	if err != nil && !first {
		return nil, err
	}
	if first {
		v = &Volunteer{ID: actor.PersonID}
	} else if v.Version != form.Version && v.State == VolunteerRejected {
		return nil, ErrChanged
	}
	if err := v.submit(form.Profile, organization, s.Now()); err != nil {
		return nil, err
	}
	if v.NationalID, err = sealText(s.Vault, form.NationalID, maskMiddle(form.NationalID, 4), nationalIDPlace(v.ID), "national_id"); err != nil {
		return nil, err
	}
	if v.Phone, err = sealText(s.Vault, form.Phone, maskMiddle(form.Phone, 3), phonePlace(v.ID), "phone"); err != nil {
		return nil, err
	}
	v.Pending = append(v.Pending,
		s.volunteerLine(actor, "volunteer.submitted", v, nil),
		s.fanoutEntry(Fanout{Audience: AudienceAdmins, Of: organization.ID, Hourly: true, Notice: Notice{
			Kind: NoticePending, Title: "有新的注册待审核", Body: organization.Name + "有新的志愿者注册，请及时审核。",
			Path:   "/desk/volunteers?state=pending",
			Values: map[string]string{"name": MaskName(v.Profile.Name), "organization": organization.Name, "time": WeChatTime(s.Now()), "note": "点击进入审核"},
		}}),
	)
	save := s.Store.SaveVolunteer
	if first {
		save = s.Store.InsertVolunteer
	}
	if err := save(ctx, v); err != nil {
		if first && isRefusal(err, ErrChanged) {
			return nil, ErrAlreadySubmitted // the same form from a second tab came first
		}
		return nil, err
	}
	s.Relay.Nudge(volunteerRef(v.ID))
	return v, nil
}

func (v *Volunteer) submit(profile Profile, o *Organization, now time.Time) error {
	if v.State != "" && v.State != VolunteerRejected {
		return ErrAlreadySubmitted
	}
	v.State = VolunteerPending
	v.Profile = profile
	v.OrganizationID = o.ID
	v.ScopeIDs = slices.Clone(o.Path)
	v.SubmittedAt = now
	return nil
}

func (s *Volunteers) volunteerLine(actor Actor, verb string, v *Volunteer, detail map[string]string) OutboxEntry {
	return s.journalEntry(JournalLine{
		ActorID: actor.PersonID, Verb: verb, SubjectKind: "volunteer", SubjectID: v.ID, OrganizationID: v.OrganizationID, Detail: detail,
	})
}

var (
	mobilePattern   = regexp.MustCompile(`^1[3-9]\d{9}$`)
	postcodePattern = regexp.MustCompile(`^\d{6}$`)
)

// check cleans the form and says in plain words what is wrong with each field.
func (s *Volunteers) check(ctx context.Context, actor Actor, f *VolunteerForm) (*Organization, error) {
	var wrong fieldErrors
	for _, t := range []struct {
		value    *string
		field    string
		name     string
		min, max int // characters
	}{
		{&f.Name, "name", "姓名", 2, 30},
		{&f.Occupation, "occupation", "职业", 1, 30},
		{&f.Talents, "talents", "个人特长", 0, 200},
		{&f.Expertise, "expertise", "业务专长", 1, 200},
		{&f.Employer, "employer", "单位及职务", 2, 80},
		{&f.Title, "title", "职称或技术资格", 0, 80},
		{&f.Address, "address", "通讯地址", 5, 120},
	} {
		*t.value = cleanText(*t.value)
		switch n := utf8.RuneCountInString(*t.value); {
		case n == 0 && t.min > 0:
			wrong.add(t.field, "请填写"+t.name)
		case n < t.min:
			wrong.add(t.field, t.name+"太短，请填写完整")
		case n > t.max:
			wrong.add(t.field, t.name+"太长，请精简")
		}
	}
	if strings.ContainsFunc(f.Name, func(r rune) bool { return !unicode.IsLetter(r) && r != '·' && r != ' ' && r != '.' }) {
		wrong.add("name", "姓名只能是汉字或字母")
	}
	for _, c := range []struct {
		choices []string
		value   string
		field   string
		message string
	}{
		{Choices.Sexes, f.Sex, "sex", "请选择性别"},
		{Choices.Ethnicities, f.Ethnicity, "ethnicity", "请选择民族"},
		{Choices.Educations, f.Education, "education", "请选择文化程度"},
		{Choices.WaysIn, f.WayIn, "way_in", "请选择单位推荐或个人自荐"},
	} {
		if !oneOf(c.choices, c.value) {
			wrong.add(c.field, c.message)
		}
	}
	f.ServiceItems, f.ServiceTimes = distinct(f.ServiceItems), distinct(f.ServiceTimes)
	if len(f.ServiceItems) == 0 || !allOf(Choices.ServiceItems, f.ServiceItems) {
		wrong.add("service_items", "请至少选择一个服务项目")
	}
	if len(f.ServiceTimes) == 0 || !allOf(Choices.ServiceTimes, f.ServiceTimes) {
		wrong.add("service_times", "请至少选择一个服务时间")
	}
	f.Recommender = cleanText(f.Recommender)
	switch n := utf8.RuneCountInString(f.Recommender); {
	case f.WayIn == WayInSelf:
		f.Recommender = ""
	case n < 2 || n > 80:
		wrong.add("recommender", "请填写推荐单位")
	}
	checkNationalID(&wrong, f, s.Now())
	f.Phone = strings.NewReplacer(" ", "", "-", "", "+86", "").Replace(f.Phone)
	if !mobilePattern.MatchString(f.Phone) {
		wrong.add("phone", "请填写 11 位手机号码")
	}
	f.Postcode = strings.TrimSpace(f.Postcode)
	if !postcodePattern.MatchString(f.Postcode) {
		wrong.add("postcode", "邮政编码是 6 位数字")
	}
	f.Email = strings.TrimSpace(f.Email)
	if a, err := mail.ParseAddress(f.Email); err != nil || a.Address != f.Email || len(f.Email) > 100 || !strings.Contains(f.Email[strings.LastIndex(f.Email, "@"):], ".") {
		wrong.add("email", "电子信箱格式不对，例如 name@example.com")
	}
	switch photo, err := s.Photos.PhotoOwner(ctx, f.PhotoID); {
	case isRefusal(err, ErrPhotoNotFound) || err == nil && photo != actor.PersonID:
		wrong.add("photo_id", "请上传本人照片")
	case err != nil:
		return nil, err
	}
	organization, err := s.Organizations.Store.Organization(ctx, f.OrganizationID)
	if isRefusal(err, ErrOrganizationNotFound) {
		wrong.add("organization_id", "请选择要加入的科协或志愿队")
	} else if err != nil {
		return nil, err
	}
	return organization, wrong.err()
}

// checkNationalID also holds birth date and sex against the number.
func checkNationalID(wrong *fieldErrors, f *VolunteerForm, now time.Time) {
	id, err := ParseNationalID(f.NationalID, now)
	if err != nil {
		wrong.add("national_id", err.Error())
		return
	}
	f.NationalID = id.Number
	if id.Birth.AddDate(14, 0, 0).After(now) {
		wrong.add("national_id", "未满十四周岁的，请由监护人到所属科协办理")
	}
	if f.Birth != id.Birth.Format(time.DateOnly) {
		wrong.add("birth_date", "出生年月与身份证号码不一致")
	}
	if f.Sex != "" && f.Sex != id.Sex {
		wrong.add("sex", "性别与身份证号码不一致")
	}
}

// cleanText trims and folds white space, and drops control characters.
func cleanText(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, text)
	return strings.Join(strings.Fields(text), " ")
}

func distinct(values []string) []string {
	var out []string
	for _, v := range values {
		if !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out
}
