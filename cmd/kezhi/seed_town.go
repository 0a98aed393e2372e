package main

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"strconv"
	"time"

	"kezhi/service"
	"kezhi/wxconfig/sandbox"
)

// The demo town is invented: names, numbers and places belong to nobody.

var demoOrganizations = []struct{ name, level, parent string }{
	{"青川市科技志愿者支队", "市支队", ""},
	{"临江县科技志愿者大队", "县大队", "青川市科技志愿者支队"},
	{"青川市农学会支队", "学会支队", "青川市科技志愿者支队"},
	{"白石镇分队", "镇分队", "临江县科技志愿者大队"},
	{"县人民医院分队", "单位分队", "临江县科技志愿者大队"},
	{"城关社区分队", "社区分队", "临江县科技志愿者大队"},
}

type demoGrant struct {
	role         service.Role
	organization string
}

// demoPerson is someone of the town; without a state they have not opened the account yet.
type demoPerson struct {
	openID, name, note string
	follows            bool
	state              service.VolunteerState
	sex, birth         string // birth as 20060102
	team               string
	grants             []demoGrant
	employer, title    string
	expertise          string
}

const (
	demoReviewer  = "林海"
	demoOrganizer = "陈建国"
)

var demoPeople = []demoPerson{
	{
		"oDemo-linhai-00000000000001", "林海", "市科协，平台管理员", true, service.VolunteerActive, "男", "19720314", "青川市科技志愿者支队",
		[]demoGrant{{service.RolePlatformAdmin, ""}, {service.RoleAdmin, "青川市科技志愿者支队"}},
		"青川市科协普及部部长", "高级工程师", "科普工作组织",
	},
	{
		"oDemo-zhoumin-0000000000002", "周敏", "县科协，审核志愿者", true, service.VolunteerActive, "女", "19850622", "临江县科技志愿者大队",
		[]demoGrant{{service.RoleAdmin, "临江县科技志愿者大队"}},
		"临江县科协干事", "工程师", "志愿者管理",
	},
	{
		"oDemo-chenjianguo-000000003", "陈建国", "白石镇分队队长，组织活动、扫码签到", true, service.VolunteerActive, "男", "19680905", "白石镇分队",
		[]demoGrant{{service.RoleOrganizer, "临江县科技志愿者大队"}},
		"白石镇农技站站长", "高级农艺师", "水稻和果树栽培",
	},
	{
		"oDemo-wangxiaolan-000000004", "王晓兰", "志愿者，退休教师", true, service.VolunteerActive, "女", "19580117", "城关社区分队",
		nil, "临江县第一小学退休教师", "高级教师", "青少年科学实验",
	},
	{
		"oDemo-zhaoyisheng-000000005", "赵文斌", "志愿者，县医院院长", true, service.VolunteerActive, "男", "19701130", "县人民医院分队",
		nil, "临江县人民医院院长", "主任医师", "慢性病防治",
	},
	{
		"oDemo-sunli-00000000000000006", "孙丽", "志愿者，大学生村官", true, service.VolunteerActive, "女", "19960808", "白石镇分队",
		nil, "白石镇上河村村官", "助理工程师", "直播助农",
	},
	{
		"oDemo-laoli-0000000000000007", "李长根", "已通过审核，等待激活（激活码在收件箱）", true, service.VolunteerApproved, "男", "19630512", "白石镇分队",
		nil, "白石镇种养大户", "", "茶叶种植",
	},
	{
		"oDemo-qianhong-0000000000008", "钱红", "审核未通过，需修改后重新提交", true, service.VolunteerRejected, "女", "19900223", "城关社区分队",
		nil, "城关社区居委会干部", "社会工作师", "社区科普",
	},
	{
		"oDemo-wugang-000000000000009", "吴刚", "等待审核", true, service.VolunteerPending, "男", "19790718", "白石镇分队",
		nil, "白石镇兽医站兽医", "兽医师", "畜禽防疫",
	},
	{
		"oDemo-zhengxue-0000000000010", "郑雪", "等待审核", true, service.VolunteerPending, "女", "19940401", "县人民医院分队",
		nil, "临江县人民医院护士", "护师", "急救知识",
	},
	{
		"oDemo-fengtao-00000000000011", "冯涛", "等待审核", true, service.VolunteerPending, "男", "19881225", "城关社区分队",
		nil, "临江县气象局预报员", "工程师", "气象防灾",
	},
	{"oDemo-xiaoyu-000000000000012", "小雨", "新来的，还没有注册", true, "", "", "", "", nil, "", "", ""},
	{"oDemo-ajie-00000000000000013", "阿杰", "新来的，还没有注册，也没有关注公众号", false, "", "", "", "", nil, "", "", ""},
}

// demoWeChatPeople are the people of the town as the sandbox knows them.
func demoWeChatPeople() []sandbox.Person {
	people := make([]sandbox.Person, len(demoPeople))
	for i, d := range demoPeople {
		people[i] = sandbox.Person{OpenID: d.openID, Nickname: d.name, Note: d.note, Follows: d.follows}
	}
	return people
}

func (d demoPerson) form(photoID, organizationID string, i int) service.VolunteerForm {
	birth, err := time.Parse("20060102", d.birth)
	if err != nil {
		panic("demo birth date: " + d.birth)
	}
	return service.VolunteerForm{
		Profile: service.Profile{
			Name: d.name, Sex: d.sex, Birth: birth.Format(time.DateOnly), PhotoID: photoID, Ethnicity: "汉族", Education: "大学本科",
			Occupation: "科技工作者", Talents: "热心公益", Expertise: d.expertise, Employer: d.employer, Title: d.title,
			Postcode: "311800", Address: "青川市临江县人民路 " + strconv.Itoa(10+i) + " 号", Email: fmt.Sprintf("demo%02d@example.com", i),
			ServiceItems: []string{"讲座", "技术服务"}, ServiceTimes: []string{"假日", "下午"}, WayIn: service.WayInSelf,
		},
		NationalID: demoNationalID(d, i), Phone: fmt.Sprintf("139%08d", 10_000_000+i*7_654_321%89_999_999), OrganizationID: organizationID,
	}
}

// demoNationalID makes a number that passes the checks: a region that is not given
// out any more (330699), the birth date, a sequence with the sex in its last digit.
func demoNationalID(d demoPerson, i int) string {
	sequence := 900 + i*2
	if d.sex == "男" {
		sequence++
	}
	number := fmt.Sprintf("330699%s%03d", d.birth, sequence)
	for _, check := range "0123456789X" {
		if _, err := service.ParseNationalID(number+string(check), now()); err == nil {
			return number + string(check)
		}
	}
	panic("demo national id: " + number)
}

// demoPortrait draws head and shoulders, so that the demo shows nobody.
func demoPortrait(i int, sex string) ([]byte, error) {
	const w, h = 360, 480
	background := []color.RGBA{{0xD6, 0xE4, 0xF0, 255}, {0xF6, 0xE3, 0xC5, 255}, {0xD9, 0xEA, 0xD3, 255}, {0xEA, 0xD9, 0xE8, 255}}[i%4]
	coat := []color.RGBA{{0x3B, 0x5B, 0x7A, 255}, {0x7A, 0x4B, 0x3B, 255}, {0x3B, 0x7A, 0x57, 255}}[i%3]
	skin, hair := color.RGBA{0xF2, 0xC9, 0xA5, 255}, color.RGBA{0x2B, 0x22, 0x1E, 255}
	within := func(x, y, cy, rx, ry int) bool {
		dx, dy := (x-w/2)*1000/rx, (y-cy)*1000/ry
		return dx*dx+dy*dy <= 1000*1000
	}
	picture := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := background
			long := sex == "女" && within(x, y, 235, 105, 150)
			switch {
			case within(x, y, 215, 75, 95):
				c = skin
			case within(x, y, 185, 88, 100) || long:
				c = hair
			case y > 290 && y < 340 && x > 150 && x < 210:
				c = skin
			case within(x, y, 470, 150, 150):
				c = coat
			}
			picture.SetRGBA(x, y, c)
		}
	}
	var out bytes.Buffer
	err := jpeg.Encode(&out, picture, &jpeg.Options{Quality: 85})
	return out.Bytes(), err
}
