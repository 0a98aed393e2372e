package service

import "slices"

// Choices are the fixed lists of the forms, with the labels of the associations' own forms.
var Choices = struct {
	Sexes         []string
	Ethnicities   []string // 民族, GB/T 3304
	Educations    []string // 文化程度
	WaysIn        []string // requirements.md P3
	ServiceItems  []string // 服务项目, requirements.md F2
	ServiceTimes  []string // 服务时间, requirements.md F3
	ActivityTypes []string // requirements.md A2: the seven that the yearly table counts
	RejectReasons []string
}{
	Sexes: []string{"男", "女"},
	Ethnicities: []string{
		"汉族", "蒙古族", "回族", "藏族", "维吾尔族", "苗族", "彝族", "壮族", "布依族", "朝鲜族", "满族", "侗族", "瑶族", "白族", "土家族",
		"哈尼族", "哈萨克族", "傣族", "黎族", "傈僳族", "佤族", "畲族", "高山族", "拉祜族", "水族", "东乡族", "纳西族", "景颇族", "柯尔克孜族",
		"土族", "达斡尔族", "仫佬族", "羌族", "布朗族", "撒拉族", "毛南族", "仡佬族", "锡伯族", "阿昌族", "普米族", "塔吉克族", "怒族",
		"乌孜别克族", "俄罗斯族", "鄂温克族", "德昂族", "保安族", "裕固族", "京族", "塔塔尔族", "独龙族", "鄂伦春族", "赫哲族", "门巴族",
		"珞巴族", "基诺族",
	},
	Educations:    []string{"小学", "初中", "高中（中专）", "大专", "大学本科", "硕士研究生", "博士研究生"},
	WaysIn:        []string{WayInRecommended, WayInSelf},
	ServiceItems:  []string{"报告", "宣传咨询", "科技培训", "科普展教讲解", "编创科普宣传品", "讲座", "技术服务", "活动组织", "科普工作策划", "辅助工作", "其他"},
	ServiceTimes:  []string{"假日", "平时", "上午", "下午", "晚上", "不限"},
	ActivityTypes: []string{"科普报告", "科技培训", "技术咨询", "农技服务", "医疗服务", "青少年科技教育", "其他"},
	RejectReasons: []string{"照片不清楚或不是本人，请重新上传", "身份证号码与姓名不符，请核对", "单位及职务填写不完整", "请选择所在地的科协或志愿队", "联系电话无法接通，请核对"},
}

// The ways in (requirements.md P3).
const (
	WayInRecommended = "单位推荐"
	WayInSelf        = "个人自荐"
)

func oneOf(choices []string, value string) bool { return slices.Contains(choices, value) }

func allOf(choices, values []string) bool {
	return !slices.ContainsFunc(values, func(v string) bool { return !slices.Contains(choices, v) })
}
