package sandbox

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"time"
)

// Person is someone with WeChat.
type Person struct {
	OpenID     string    `json:"openid"`      // within the official account
	MiniOpenID string    `json:"mini_openid"` // within the mini program
	UnionID    string    `json:"unionid"`
	Nickname   string    `json:"nickname"`
	Note       string    `json:"note"` // who they are in the demo
	Phone      string    `json:"phone"`
	Follows    bool      `json:"follows"`
	FollowedAt time.Time `json:"followed_at"`
	Scene      string    `json:"scene"`   // of the code by which they followed
	Blocks     bool      `json:"blocks"`  // has switched the account's messages off
	Consent    int       `json:"consent"` // subscribe messages of the mini program still allowed
}

// DefaultPeople are those whom a fresh sandbox knows.
func DefaultPeople() []Person {
	return []Person{
		{OpenID: "oSandbox-admin-city-00000001", Nickname: "林海", Note: "市科协，平台管理员", Follows: true},
		{OpenID: "oSandbox-admin-county-000002", Nickname: "周敏", Note: "县科协，审核志愿者", Follows: true},
		{OpenID: "oSandbox-organiser-000000003", Nickname: "陈建国", Note: "活动组织者", Follows: true},
		{OpenID: "oSandbox-volunteer-000000004", Nickname: "王晓兰", Note: "志愿者，退休教师", Follows: true},
		{OpenID: "oSandbox-volunteer-000000005", Nickname: "农技站老李", Note: "志愿者", Follows: true},
		{OpenID: "oSandbox-newcomer-0000000006", Nickname: "小雨", Note: "还没有注册", Follows: true},
		{OpenID: "oSandbox-newcomer-0000000007", Nickname: "阿杰", Note: "还没有注册，也没有关注", Follows: false},
	}
}

// complete fills in what was left out, the same for the same openid.
func (p Person) complete() *Person {
	derive := func(prefix, of string) string {
		sum := sha256.Sum256([]byte(prefix + of))
		return prefix + base64.RawURLEncoding.EncodeToString(sum[:])[:28-len(prefix)]
	}
	if p.OpenID == "" {
		p.OpenID = randomName("o", 28)
	}
	if p.MiniOpenID == "" {
		p.MiniOpenID = derive("oMini", p.OpenID)
	}
	if p.UnionID == "" {
		p.UnionID = derive("oUnion", p.OpenID)
	}
	if p.Phone == "" {
		p.Phone = "13800000000"
	}
	return &p
}

// ErrNobody is returned for an openid that the sandbox does not know.
var ErrNobody = errors.New("sandbox: nobody has this openid")

// person finds by either openid; s.mu is held.
func (s *Sandbox) person(openID string) *Person {
	for _, p := range s.people {
		if openID != "" && (p.OpenID == openID || p.MiniOpenID == openID) {
			return p
		}
	}
	return nil
}

// People are all, in the order in which they came.
func (s *Sandbox) People() []Person {
	s.mu.Lock()
	defer s.mu.Unlock()
	people := make([]Person, 0, len(s.people))
	for _, p := range s.people {
		people = append(people, *p)
	}
	return people
}

// AddPerson adds someone and returns them with what was left out filled in.
func (s *Sandbox) AddPerson(person Person) Person {
	p := person.complete()
	if p.Nickname == "" {
		p.Nickname = "微信用户"
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if p.Follows && p.FollowedAt.IsZero() {
		p.FollowedAt = s.now()
	}
	s.people = append(s.people, p)
	return *p
}

// Follow makes the person follow the official account, by a code with the scene or,
// when that is empty, by themselves; it pushes subscribe, or SCAN if they already
// follow. It returns ErrNobody.
func (s *Sandbox) Follow(openID, scene string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.person(openID)
	if p == nil {
		return ErrNobody
	}
	if p.Follows {
		if scene != "" {
			s.pushLater(event(p.OpenID, "SCAN").with("EventKey", scene))
		}
		return nil
	}
	p.Follows, p.FollowedAt, p.Scene = true, s.now(), scene
	key := ""
	if scene != "" {
		key = "qrscene_" + scene
	}
	s.pushLater(event(p.OpenID, "subscribe").with("EventKey", key))
	return nil
}

// Unfollow makes the person stop following; it pushes unsubscribe. It returns ErrNobody.
func (s *Sandbox) Unfollow(openID string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.person(openID)
	if p == nil {
		return ErrNobody
	}
	s.unfollow(p)
	return nil
}

func (s *Sandbox) unfollow(p *Person) {
	if !p.Follows {
		return
	}
	p.Follows = false
	s.pushLater(event(p.OpenID, "unsubscribe").with("EventKey", ""))
}

// Change lets a test alter a person in place. It returns ErrNobody.
func (s *Sandbox) Change(openID string, change func(*Person)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.person(openID)
	if p == nil {
		return ErrNobody
	}
	change(p)
	return nil
}
