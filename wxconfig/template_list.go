package wxconfig

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"kezhi/service"
)

// AccountTemplate is a template that the account has.
type AccountTemplate struct {
	ID     string
	Title  string
	Fields []AccountField
}

// AccountField is one line of a template.
type AccountField struct {
	Label string // what people read before the value
	Key   string // like thing1
}

var contentLine = regexp.MustCompile(`([^\n{}]*?)[:：]?\s*\{\{\s*([a-z_]+\d*)\.DATA\s*\}\}`)

// AccountTemplates lists the templates that the account has. Its error is an
// *APIError or a *WireError.
func (w *WeChat) AccountTemplates(ctx context.Context) ([]AccountTemplate, error) {
	var answer struct {
		List []struct {
			ID      string `json:"template_id"`
			Title   string `json:"title"`
			Content string `json:"content"`
		} `json:"template_list"`
	}
	if err := w.officialToken.get(ctx, "/cgi-bin/template/get_all_private_template", nil, &answer); err != nil {
		return nil, err
	}
	templates := make([]AccountTemplate, 0, len(answer.List))
	for _, item := range answer.List {
		template := AccountTemplate{ID: item.ID, Title: item.Title}
		for _, m := range contentLine.FindAllStringSubmatch(item.Content, -1) {
			template.Fields = append(template.Fields, AccountField{Label: strings.TrimSpace(m[1]), Key: m[2]})
		}
		templates = append(templates, template)
	}
	return templates, nil
}

// CheckTemplates says, one sentence each, where the settings' mapping does not fit
// the templates that the account has: every message of such a kind would be refused.
func (s Settings) CheckTemplates(have []AccountTemplate) []string {
	var faults []string
	add := func(kind service.NoticeKind, format string, args ...any) {
		faults = append(faults, string(kind)+": "+fmt.Sprintf(format, args...))
	}
	for _, kind := range slices.Sorted(maps.Keys(noticeValues)) {
		mapped, ok := s.Templates[kind]
		if !ok {
			add(kind, "no template is mapped, so it is shown in the app alone")
			continue
		}
		at := slices.IndexFunc(have, func(t AccountTemplate) bool { return t.ID == mapped.ID })
		if at < 0 {
			add(kind, "the account has no template %s", mapped.ID)
			continue
		}
		filled := slices.Collect(maps.Values(mapped.Fields))
		for _, field := range have[at].Fields {
			if !slices.Contains(filled, field.Key) {
				add(kind, "the template's field %s (%s) gets no value", field.Key, field.Label)
			}
		}
		for _, name := range slices.Sorted(maps.Keys(mapped.Fields)) {
			key := mapped.Fields[name]
			if !slices.ContainsFunc(have[at].Fields, func(f AccountField) bool { return f.Key == key }) {
				add(kind, "the template has no field %s for %s", key, name)
			}
		}
	}
	return faults
}

// TemplateProposal is the template of the account that seems best for a kind of
// notice. Unfilled are its fields that no value of the notice goes to; with any, or
// with an empty Template, it does not do.
type TemplateProposal struct {
	Kind     service.NoticeKind
	Title    string
	Template Template
	Unfilled []AccountField
	Left     []string // values of the notice that find no field; they are on the page that the message opens
}

// titleHints are words of a title that speak for a kind, the best first.
var titleHints = map[service.NoticeKind][]string{
	service.NoticeApproved:       {"审核通过", "审核结果", "审核"},
	service.NoticeRejected:       {"未通过", "审核结果", "审核"},
	service.NoticeActivationCode: {"激活", "验证码", "验证"},
	service.NoticeSignedUp:       {"报名成功", "报名"},
	service.NoticeChanged:        {"变更", "更改", "调整"},
	service.NoticeCancelled:      {"取消"},
	service.NoticePending:        {"待审核", "待办", "申请提醒"},
}

// valueHints are the words of a label and the types of a field that suit a value.
var valueHints = map[string]struct {
	label *regexp.Regexp
	types []string
}{
	"name":         {regexp.MustCompile(`姓名|申请人|报名人|志愿者|用户`), []string{"thing", "name"}},
	"organization": {regexp.MustCompile(`单位|机构|组织|部门|团队`), []string{"thing"}},
	"result":       {regexp.MustCompile(`结果|状态`), []string{"phrase", "const", "thing"}},
	"time":         {regexp.MustCompile(`时间|日期`), []string{"time", "date"}},
	"code":         {regexp.MustCompile(`码`), []string{"character_string", "number"}},
	"expires":      {regexp.MustCompile(`有效|截止|过期|到期`), []string{"time", "date"}},
	"note":         {regexp.MustCompile(`备注|说明|提示|原因|事项`), []string{"thing"}},
	"activity":     {regexp.MustCompile(`活动名称|活动主题|项目|活动`), []string{"thing"}},
	"place":        {regexp.MustCompile(`地点|地址|位置`), []string{"thing"}},
}

// ProposeTemplates looks, for each kind of notice, for the template of the account
// that suits it, by the words of its title and of its lines.
func ProposeTemplates(have []AccountTemplate) []TemplateProposal {
	var proposals []TemplateProposal
	for _, kind := range slices.Sorted(maps.Keys(noticeValues)) {
		best, bestScore := TemplateProposal{Kind: kind, Left: noticeValues[kind]}, 0
		for _, template := range have {
			proposal := propose(kind, template)
			if score := suits(kind, template.Title, proposal); score > bestScore {
				best, bestScore = proposal, score
			}
		}
		proposals = append(proposals, best)
	}
	return proposals
}

func propose(kind service.NoticeKind, template AccountTemplate) TemplateProposal {
	proposal := TemplateProposal{Kind: kind, Title: template.Title, Template: Template{ID: template.ID, Fields: map[string]string{}}}
	open := slices.Clone(template.Fields)
	for _, name := range noticeValues[kind] {
		hint := valueHints[name]
		at := slices.IndexFunc(open, func(f AccountField) bool {
			return hint.label.MatchString(f.Label) && slices.Contains(hint.types, fieldType(f.Key))
		})
		if at < 0 {
			proposal.Left = append(proposal.Left, name)
			continue
		}
		proposal.Template.Fields[name] = open[at].Key
		open = slices.Delete(open, at, at+1)
	}
	proposal.Unfilled = open
	return proposal
}

// suits is 0 for a template whose title says nothing of the kind.
func suits(kind service.NoticeKind, title string, proposal TemplateProposal) int {
	hints := titleHints[kind]
	for i, hint := range hints {
		if strings.Contains(title, hint) {
			return 1000*(len(hints)-i) + 10*len(proposal.Template.Fields) - 20*len(proposal.Unfilled) + 100
		}
	}
	return 0
}
