package service_test

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/png"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"kezhi/service"
	"kezhi/store"
	"kezhi/store/embedded"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
)

// world is the domain on its real store, with a clock and a WeChat of the test's own.
type world struct {
	*service.Services
	t         *testing.T
	ports     service.Ports
	documents store.Documents
	clock     *clock
	wechat    *wechat
	path      string
	county    *service.Organization
	town      *service.Organization
	admin     service.Actor // of the county
	organizer service.Actor // of the county
	people    int
}

type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// wechat is a messenger and a login that do as they are told.
type wechat struct {
	mu     sync.Mutex
	sent   []service.WeChatMessage
	answer func(service.WeChatMessage) error // nil: accepted
	follow map[string]bool
}

func (w *wechat) Send(_ context.Context, m service.WeChatMessage) (string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sent = append(w.sent, m)
	if w.answer != nil {
		if err := w.answer(m); err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("message-%d", len(w.sent)), nil
}

func (w *wechat) kinds() []service.NoticeKind {
	w.mu.Lock()
	defer w.mu.Unlock()
	var kinds []service.NoticeKind
	for _, m := range w.sent {
		kinds = append(kinds, m.Kind)
	}
	return kinds
}

// last returns the last message of a kind.
func (w *wechat) last(t *testing.T, kind service.NoticeKind) service.WeChatMessage {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, m := range slices.Backward(w.sent) {
		if m.Kind == kind {
			return m
		}
	}
	t.Fatalf("no message %s was sent", kind)
	return service.WeChatMessage{}
}

func (w *wechat) AuthorizeURL(redirectURL, state string) string {
	return "https://wechat.example/?to=" + redirectURL + "&state=" + state
}

func (w *wechat) OfficialIdentity(_ context.Context, code string) (service.WeChatIdentity, error) {
	return service.WeChatIdentity{OpenID: "official-" + code, UnionID: "union-" + code, Snapshot: code == "snapshot"}, nil
}

func (w *wechat) MiniIdentity(_ context.Context, code string) (service.WeChatIdentity, error) {
	return service.WeChatIdentity{OpenID: "mini-" + code, UnionID: "union-" + code}, nil
}

func (w *wechat) Follows(_ context.Context, openID string) (bool, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.follow[openID], nil
}

// newWorld is a county with one town, an admin and an organizer.
func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{
		t: t, clock: &clock{at: time.Date(2026, 5, 1, 1, 0, 0, 0, time.UTC)}, wechat: &wechat{follow: map[string]bool{}},
		path: filepath.Join(t.TempDir(), "kezhi.db"),
	}
	w.open()
	boss := service.Actor{Grants: []service.Grant{{Role: service.RolePlatformAdmin}}}
	w.county = w.organization(boss, "临江县大队", "县大队", "")
	w.town = w.organization(boss, "白石镇分队", "镇分队", w.county.ID)
	w.admin = w.person(service.Grant{Role: service.RoleAdmin, OrganizationID: w.county.ID})
	w.organizer = w.person(service.Grant{Role: service.RoleOrganizer, OrganizationID: w.county.ID})
	return w
}

// open wires the services over the file; a second time it is a restart.
func (w *world) open() {
	w.t.Helper()
	if w.documents != nil {
		must(w.t, w.documents.Close(w.t.Context()))
	}
	db := got(embedded.Open(w.t.Context(), w.path))(w.t)
	w.t.Cleanup(func() { _ = db.Close(context.WithoutCancel(w.t.Context())) })
	w.documents = db
	s := store.New(db, w.clock.now)
	must(w.t, s.Open(w.t.Context()))
	server := miniredis.RunT(w.t)
	client := redis.NewClient(&redis.Options{Addr: server.Addr()})
	w.t.Cleanup(func() { _ = client.Close() })
	r := store.NewRedis(client)
	keys := []byte(testKeys)
	vault := got(store.NewVault(keys))(w.t)
	w.ports = service.Ports{
		People: s, Volunteers: s, Organizations: s, Activities: s, Registrations: s, Attendances: s, Notices: s, Journal: s, Photos: s, Outbox: s,
		Sessions: r, Once: r, Limiter: r, Invites: store.OnceDocuments{Store: s}, Vault: vault, Login: w.wechat, Messenger: w.wechat,
	}
	var id sync.Mutex
	next := w.people * 1000
	env := service.Env{Now: w.clock.now, NewID: func() string {
		id.Lock()
		defer id.Unlock()
		next++
		return fmt.Sprintf("01TEST%020d%s", next, "")
	}}
	w.Services = service.New(env, w.ports, "https://kezhi.example", slog.New(slog.DiscardHandler))
}

// testKeys are keys for tests alone; every world can read what another one sealed.
var testKeys = func() string {
	keys, err := store.NewKeys()
	if err != nil {
		panic(err)
	}
	return string(keys)
}()

// settle carries out all that follows: outboxes and messages that are due.
func (w *world) settle() {
	w.t.Helper()
	w.Relay.Flush(w.t.Context())
	must(w.t, w.Relay.Sweep(w.t.Context(), w.clock.now().Add(time.Hour)))
	for {
		if due := got(w.Courier.SendDue(w.t.Context()))(w.t); due == 0 {
			return
		}
	}
}

func (w *world) organization(actor service.Actor, name, level, parent string) *service.Organization {
	w.t.Helper()
	return got(w.Organizations.Create(w.t.Context(), actor, service.OrganizationForm{Name: name, Level: level, ParentID: parent}))(w.t)
}

// person makes a follower of the account with these roles.
func (w *world) person(grants ...service.Grant) service.Actor {
	w.t.Helper()
	w.people++
	p := &service.Person{
		ID: fmt.Sprintf("person-%d", w.people), OpenID: fmt.Sprintf("openid-%d", w.people), Follows: true, Grants: grants, CreatedAt: w.clock.now(),
	}
	must(w.t, w.ports.People.InsertPerson(w.t.Context(), p))
	return service.Actor{PersonID: p.ID, Grants: grants}
}

// form is a good registration form for the person.
func (w *world) form(actor service.Actor) service.VolunteerForm {
	w.t.Helper()
	must(w.t, w.People.Consent(w.t.Context(), actor, service.Privacy.Version, true))
	var picture bytes.Buffer
	must(w.t, png.Encode(&picture, image.NewGray(image.Rect(0, 0, 30, 40))))
	photo := got(w.Photos.Create(w.t.Context(), actor, picture.Bytes()))(w.t)
	w.people++
	return service.VolunteerForm{
		Profile: service.Profile{
			Name: "王小兰", Sex: "女", Birth: "1980-01-01", PhotoID: photo.ID, Ethnicity: "汉族", Education: "大专", Occupation: "教师",
			Expertise: "科学实验", Employer: "县一小教师", Postcode: "311800", Address: "临江县人民路 1 号", Email: "w@example.com",
			ServiceItems: []string{"讲座"}, ServiceTimes: []string{"假日"}, WayIn: service.WayInSelf,
		},
		NationalID: nationalID(w.people), Phone: fmt.Sprintf("138%08d", w.people), OrganizationID: w.town.ID,
	}
}

// nationalID is a valid number of a woman born on 1 January 1980.
func nationalID(n int) string {
	number := fmt.Sprintf("%06d19800101%03d", 330000+n/400, n%400*2)
	for _, check := range "0123456789X" {
		if id, err := service.ParseNationalID(number+string(check), time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)); err == nil {
			return id.Number
		}
	}
	panic(number)
}

func (w *world) submitted() (service.Actor, *service.Volunteer) {
	w.t.Helper()
	actor := w.person()
	return actor, got(w.Volunteers.Submit(w.t.Context(), actor, w.form(actor)))(w.t)
}

// active is a volunteer all the way through.
func (w *world) active() service.Actor {
	w.t.Helper()
	actor, v := w.submitted()
	got(w.Volunteers.Approve(w.t.Context(), w.admin, v.ID, v.Version))(w.t)
	w.settle()
	code := w.wechat.last(w.t, service.NoticeActivationCode).Values["code"]
	got(w.Volunteers.Activate(w.t.Context(), actor, code))(w.t)
	return actor
}

// activity is published, open for signing up now, and begins in three hours.
func (w *world) activity(seats int64) *service.Activity {
	w.t.Helper()
	now := w.clock.now()
	a := got(w.Activities.Create(w.t.Context(), w.organizer, service.ActivityForm{
		OrganizationID: w.town.ID, Type: "科普报告", Title: "社区科普讲座", Place: "社区中心", StartsAt: now.Add(3 * time.Hour), EndsAt: now.Add(5 * time.Hour),
		SignupOpensAt: now.Add(-time.Hour), SignupClosesAt: now.Add(3 * time.Hour), Capacity: seats,
	}))(w.t)
	return got(w.Activities.Publish(w.t.Context(), w.organizer, a.ID, a.Version))(w.t)
}

// must stops the test at an unexpected error.
func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// got unwraps a result, or stops the test.
func got[T any](value T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}
