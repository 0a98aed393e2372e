package service

// PrivacyText is one version of what a person consents to before registering
// (个人信息保护法, articles 14, 17, 29 and 30: separate consent for sensitive data).
type PrivacyText struct {
	Version string
	Title   string
	Text    string // paragraphs parted by blank lines; ## begins a heading
}

// Privacy is the text in force. A new text is a new version: everyone is asked anew.
var Privacy = PrivacyText{
	Version: "2026-11",
	Title:   "个人信息保护说明",
	Text: `科技志愿服务由各级科学技术协会组织。为了审核您的注册、安排活动和统计服务，我们需要处理您的下列信息。请在同意前仔细阅读。

## 我们收集什么
姓名、性别、出生年月、照片、民族、文化程度、职业、特长、单位及职务、职称、身份证号码、邮政编码、通讯地址、联系电话、电子信箱，以及您选择的服务项目和服务时间；您报名和参加活动的记录；您在本公众号内的微信标识。

## 用来做什么
审核注册、通知结果、安排和签到活动、核实服务时长、向上级科协报送汇总表。不用于其他目的，不出售，不向无关的人提供。

## 敏感个人信息
身份证号码用于确认身份和防止重复注册，照片用于活动现场核对本人。这两项属于敏感个人信息，需要您单独同意。身份证号码和联系电话加密保存，管理员平时只能看到部分数字；查看完整号码会留下记录。

## 保存多久
您是志愿者期间一直保存。您退出后，我们删除或匿名处理，法律另有规定的除外。

## 您的权利
您可以随时查看、更正自己的信息，也可以向所属科协申请复制、删除或撤回同意。撤回同意后不能继续作为志愿者参加活动，已完成的服务不受影响。

## 未满十四周岁
未满十四周岁的，请由监护人阅读并同意，并由所属科协协助办理。

## 联系我们
请联系您所在县（市、区）的科学技术协会。`,
}
