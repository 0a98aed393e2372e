package main

import (
	"time"

	"kezhi/service"
)

type demoActivity struct {
	organization string
	state        service.ActivityState
	signedUp     []string
	form         service.ActivityForm
}

// demoActivities are one activity of every sort, laid around this moment: going on
// today, open, full, not open yet, draft, cancelled, past.
func demoActivities(now time.Time) []demoActivity {
	day := func(days, hour, minute int) time.Time {
		y, m, d := now.In(service.Shanghai).Date()
		return time.Date(y, m, d+days, hour, minute, 0, 0, service.Shanghai)
	}
	form := func(title, kind, place string, starts time.Time, hours int, seats int64) service.ActivityForm {
		return service.ActivityForm{
			Title: title, Type: kind, Place: place, StartsAt: starts, EndsAt: starts.Add(time.Duration(hours) * time.Hour),
			SignupOpensAt: starts.AddDate(0, 0, -20), SignupClosesAt: starts.Add(-30 * time.Minute), Capacity: seats,
			Contact: "陈站长 0575-8700 0000", Bring: "身份证、饮用水",
		}
	}
	soon := now.Truncate(10 * time.Minute).Add(time.Hour)
	today := form("茶园病虫害防治现场指导", "农技服务", "白石镇上河村茶园", soon, 3, 20)
	today.Address = "临江县白石镇上河村 3 组"
	today.Description = "请农技站专家到茶园现场讲解春茶病虫害的识别和绿色防治，解答种植户的问题。\n志愿者负责引导、分发资料和登记。"
	today.Bring = "草帽、雨鞋、饮用水"
	today.SignupClosesAt = today.EndsAt

	lecture := form("身边的科学：全国科普日社区讲座", "科普报告", "城关社区党群服务中心", day(3, 14, 0), 2, 30)
	lecture.Address = "临江县人民路 88 号二楼"
	lecture.Description = "面向社区老人和孩子，用小实验讲日常生活里的科学。志愿者协助布置实验台、维持秩序。"
	full := form("乡村医疗义诊", "医疗服务", "白石镇卫生院", day(6, 9, 0), 4, 3)
	full.Description = "量血压、测血糖、慢性病用药指导。需要医务志愿者和引导志愿者。"
	class := form("小学生科学实验课", "青少年科技教育", "临江县第一小学", day(9, 15, 30), 2, 8)
	class.Description = "带四年级学生做三个安全的小实验。"
	later := form("直播助农技术培训", "科技培训", "县农技推广中心", day(40, 9, 0), 6, 50)
	later.Description = "讲直播设备、选品和话术，下午实操。"
	draft := form("防灾减灾知识咨询", "技术咨询", "城关文化广场", day(15, 9, 0), 3, 15)
	draft.Description = "地震、台风、用电安全咨询。"
	off := form("科技馆流动展览讲解", "其他", "县文化馆", day(4, 9, 0), 6, 10)
	off.Description = "流动科技馆巡展讲解。"
	past := form("水稻机插秧技术培训", "科技培训", "白石镇新时代文明实践所", day(-12, 9, 0), 3, 25)
	past.Description = "机插秧育秧和大田管理。"

	const county, town, hospital, community = "临江县科技志愿者大队", "白石镇分队", "县人民医院分队", "城关社区分队"
	return []demoActivity{
		{town, service.ActivityPublished, []string{"王晓兰", "孙丽", "陈建国"}, today},
		{community, service.ActivityPublished, []string{"赵文斌"}, lecture},
		{hospital, service.ActivityPublished, []string{"赵文斌", "孙丽", "王晓兰"}, full},
		{county, service.ActivityPublished, nil, class},
		{county, service.ActivityPublished, nil, later},
		{county, service.ActivityDraft, nil, draft},
		{county, service.ActivityCancelled, []string{"王晓兰"}, off},
		{town, service.ActivityPublished, []string{"王晓兰", "孙丽", "赵文斌"}, past},
	}
}
