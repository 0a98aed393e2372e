package handler_test

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"log/slog"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"kezhi/handler"
	"kezhi/service"
	"kezhi/store"
	"kezhi/store/embedded"

	"github.com/alicebob/miniredis/v2"
	"github.com/oklog/ulid/v2"
	"github.com/redis/go-redis/v9"
)

// noon is when the tests begin: 12:00 of 1 May 2026 in China.
var noon = time.Date(2026, 5, 1, 4, 0, 0, 0, time.UTC)

const origin = "http://kezhi.example"

// world is the whole platform but WeChat, which is a fake: the real domain on the
// real store in one file, the Redis protocol in the process, the HTTP surface on top.
// Nothing runs in the background; settle does what follows from requests.
//
// Its tree: 绍兴市科协 over 诸暨市科协 (with 诸暨科普队) and 嵊州市科协 (with 嵊州科普队).
type world struct {
	*testing.T

	clock     *clock
	documents store.Documents
	store     *store.Store
	memory    *miniredis.Miniredis
	services  *service.Services
	wechat    *wechat
	log       *syncBuffer
	config    handler.Config
	handler   http.Handler

	city, county, team, otherCounty, otherTeam *service.Organization

	born *atomic.Int64 // people so far
}

// in is the world for a test within the test.
func (w *world) in(t *testing.T) *world {
	same := *w
	same.T = t
	return &same
}

// platform is an actor who may do everything.
var platform = service.Actor{PersonID: "platform", Grants: []service.Grant{{Role: service.RolePlatformAdmin}}}

func newWorld(t *testing.T, changes ...func(*handler.Config)) *world {
	t.Helper()
	w := &world{T: t, clock: &clock{at: noon}, wechat: &wechat{follows: map[string]bool{}}, log: &syncBuffer{}, born: &atomic.Int64{}}
	ctx := t.Context()
	db, err := embedded.Open(ctx, filepath.Join(t.TempDir(), "kezhi.db"))
	must(t, err)
	t.Cleanup(func() { must(t, db.Close(context.WithoutCancel(ctx))) })
	w.documents, w.store = db, store.New(db, w.clock.now)
	must(t, w.store.Open(ctx))

	w.memory = miniredis.RunT(t)
	client := redis.NewClient(&redis.Options{Addr: w.memory.Addr(), MaxRetries: -1, PoolSize: 50})
	t.Cleanup(func() { must(t, client.Close()) })
	memory := store.NewRedis(client)

	keys, err := store.NewKeys()
	must(t, err)
	vault, err := store.NewVault(keys)
	must(t, err)
	log := slog.New(slog.NewJSONHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	w.services = service.New(service.Env{Now: w.clock.now, NewID: w.clock.newID}, service.Ports{
		People: w.store, Volunteers: w.store, Organizations: w.store, Activities: w.store, Registrations: w.store,
		Attendances: w.store, Notices: w.store, Journal: w.store, Photos: w.store, Outbox: w.store,
		Sessions: memory, Once: memory, Limiter: memory, Invites: store.OnceDocuments{Store: w.store},
		Vault: vault, Login: w.wechat, Messenger: w.wechat,
	}, origin, log)
	w.config = handler.Config{
		Services: w.services, JS: w.wechat, Origin: origin, Log: log, Limiter: memory,
		Web:   fstest.MapFS{"index.html": {Data: []byte("<!doctype html><title>科技志愿者</title>")}},
		Ready: func(context.Context) error { return nil },
	}
	for _, change := range changes {
		change(&w.config)
	}
	w.handler = handler.New(w.config)

	w.city = w.organization("绍兴市科协", "市科协", nil)
	w.county = w.organization("诸暨市科协", "县科协", w.city)
	w.team = w.organization("诸暨科普队", "分队", w.county)
	w.otherCounty = w.organization("嵊州市科协", "县科协", w.city)
	w.otherTeam = w.organization("嵊州科普队", "分队", w.otherCounty)
	return w
}

func (w *world) organization(name, level string, parent *service.Organization) *service.Organization {
	w.Helper()
	form := service.OrganizationForm{Name: name, Level: level}
	if parent != nil {
		form.ParentID = parent.ID
	}
	o, err := w.services.Organizations.Create(w.Context(), platform, form)
	must(w, err)
	return o
}

// settle carries out what stands in the outboxes and sends what is due.
func (w *world) settle() {
	w.Helper()
	w.services.Relay.Flush(w.Context())
	for {
		due, err := w.services.Courier.SendDue(w.Context())
		must(w, err)
		if due == 0 {
			return
		}
	}
}

// user is someone with a browser, logged in or not.
type user struct {
	*world

	id     string
	openID string
	bearer string
}

func (w *world) nobody() *user { return &user{world: w} }

// newcomer is someone who has just logged in for the first time.
func (w *world) newcomer() *user {
	w.Helper()
	u := &user{world: w, openID: fmt.Sprintf("openid-%d", w.born.Add(1))}
	w.wechat.follow(u.openID)
	u.login()
	return u
}

// login begins a session, at the domain and not through the browser.
func (u *user) login() {
	u.Helper()
	ctx := u.Context()
	there, err := u.services.Login.Begin(ctx, "browser", "/")
	must(u, err)
	address, err := url.Parse(there)
	must(u, err)
	u.bearer, _, _, err = u.services.Login.Finish(ctx, "browser", address.Query().Get("state"), codeOf(u.openID))
	must(u, err)
	p, err := u.store.PersonByOpenID(ctx, u.openID)
	must(u, err)
	u.id = p.ID
}

// actor is the user as the domain knows them now.
func (u *user) actor() service.Actor {
	u.Helper()
	p, err := u.store.Person(u.Context(), u.id)
	must(u, err)
	return service.Actor{PersonID: u.id, Grants: p.Grants}
}

// with is a newcomer who holds the role.
func (w *world) with(role service.Role, o *service.Organization) *user {
	w.Helper()
	u := w.newcomer()
	p, err := w.store.Person(w.Context(), u.id)
	must(w, err)
	grant := service.Grant{Role: role}
	if o != nil {
		grant.OrganizationID = o.ID
	}
	p.Grants = append(p.Grants, grant)
	must(w, w.store.SavePerson(w.Context(), p))
	return u
}

// applicant is a newcomer who has submitted the form to the organization.
func (w *world) applicant(o *service.Organization) *user {
	w.Helper()
	u := w.newcomer()
	u.register(o)
	return u
}

func (u *user) register(o *service.Organization) {
	u.Helper()
	ctx := u.Context()
	must(u, u.services.People.Consent(ctx, u.actor(), service.Privacy.Version, true))
	form := u.form(o)
	_, err := u.services.Volunteers.Submit(ctx, u.actor(), service.VolunteerForm{
		Profile: service.Profile{
			Name: form["name"].(string), Sex: "男", Birth: "1990-05-01", PhotoID: form["photo_id"].(string), Ethnicity: "汉族", Education: "大专",
			Occupation: "农民", Expertise: "水稻栽培", Employer: "店口镇农技站站长", Postcode: "311835", Address: "诸暨市店口镇中心路一号",
			Email: "a@example.com", ServiceItems: []string{"技术服务"}, ServiceTimes: []string{"假日"}, WayIn: service.WayInSelf,
		},
		NationalID: form["national_id"].(string), Phone: form["phone"].(string), OrganizationID: o.ID,
	})
	must(u, err)
}

// form is the user's registration form as the app would send it, with a photo that is theirs.
func (u *user) form(o *service.Organization) map[string]any {
	u.Helper()
	var number int
	_, err := fmt.Sscanf(u.openID, "openid-%d", &number)
	must(u, err)
	photo := &service.Photo{ID: u.clock.newID(), OwnerID: u.id, JPEG: portrait(), Small: portrait(), CreatedAt: u.clock.now()}
	must(u, u.store.InsertPhoto(u.Context(), photo))
	return map[string]any{
		"name": "王小明", "sex": "男", "birth_date": "1990-05-01", "photo_id": photo.ID, "ethnicity": "汉族", "education": "大专",
		"occupation": "农民", "talents": "", "expertise": "水稻栽培", "employer": "店口镇农技站站长", "title": "",
		"national_id": nationalID(number), "postcode": "311835", "address": "诸暨市店口镇中心路一号",
		"phone": fmt.Sprintf("138%08d", number), "email": "a@example.com", "service_items": []string{"技术服务"}, "service_times": []string{"假日"},
		"way_in": "个人自荐", "recommender": "", "organization_id": o.ID,
	}
}

// volunteer is an active volunteer of the organization.
func (w *world) volunteer(o *service.Organization) *user {
	w.Helper()
	u := w.applicant(o)
	u.become(service.VolunteerActive)
	return u
}

// become puts the user's registration into a state.
func (u *user) become(state service.VolunteerState) {
	u.Helper()
	v, err := u.store.Volunteer(u.Context(), u.id)
	must(u, err)
	v.State = state
	must(u, u.store.SaveVolunteer(u.Context(), v))
}

// activity makes a published activity of the organization that begins in an hour.
func (w *world) activity(o *service.Organization, changes ...func(*service.ActivityForm)) *service.Activity {
	w.Helper()
	draft := w.draft(o, changes...)
	a, err := w.services.Activities.Publish(w.Context(), platform, draft.ID, draft.Version)
	must(w, err)
	return a
}

func (w *world) draft(o *service.Organization, changes ...func(*service.ActivityForm)) *service.Activity {
	w.Helper()
	now := w.clock.now()
	form := service.ActivityForm{
		OrganizationID: o.ID, Type: "科普报告", Title: "防震减灾科普报告", Place: "店口镇文化中心", Address: "诸暨市店口镇中心路二号",
		StartsAt: now.Add(time.Hour), EndsAt: now.Add(3 * time.Hour), SignupOpensAt: now.Add(-24 * time.Hour), SignupClosesAt: now.Add(time.Hour),
		Capacity: 20, Description: "请提前十分钟到场。", Bring: "水杯", Contact: "周老师 0575-87000000",
	}
	for _, change := range changes {
		change(&form)
	}
	a, err := w.services.Activities.Create(w.Context(), platform, form)
	must(w, err)
	return a
}

// signedUp signs the user up at the domain.
func (u *user) signedUp(a *service.Activity) *service.SignedUp {
	u.Helper()
	r, err := u.services.Registrations.SignUp(u.Context(), u.actor(), a.ID)
	must(u, err)
	return r
}

// nationalID makes valid numbers of men born on 1 May 1990.
func nationalID(number int) string {
	digits := fmt.Sprintf("33%04d19900501%03d", 681+number/400, number%400*2+1)
	sum := 0
	for i, weight := range []int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2} {
		sum += int(digits[i]-'0') * weight
	}
	return digits + string("10X98765432"[sum%11])
}

// portrait is a small picture.
var portrait = sync.OnceValue(func() []byte {
	var out bytes.Buffer
	picture := image.NewGray(image.Rect(0, 0, 3, 4))
	picture.SetGray(1, 1, color.Gray{Y: 200})
	if err := jpeg.Encode(&out, picture, nil); err != nil {
		panic(err)
	}
	return out.Bytes()
})

// clock stands until it is moved, and makes ids that grow.
type clock struct {
	mu   sync.Mutex
	at   time.Time
	last uint64
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

func (c *clock) newID() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last++
	var id ulid.ULID
	must(nil, id.SetTime(ulid.Timestamp(c.at)))
	must(nil, id.SetEntropy([]byte{0, 0, byte(c.last >> 56), byte(c.last >> 48), byte(c.last >> 40), byte(c.last >> 32), byte(c.last >> 24), byte(c.last >> 16), byte(c.last >> 8), byte(c.last)}))
	return id.String()
}

// wechat is WeChat as the domain sees it. A person's code is made of their openid.
type wechat struct {
	mu       sync.Mutex
	follows  map[string]bool
	snapshot bool
	away     bool
	messages []service.WeChatMessage
}

const codePrefix = "code-of-"

func codeOf(openID string) string { return codePrefix + openID }

func (x *wechat) follow(openID string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.follows[openID] = true
}

func (x *wechat) AuthorizeURL(redirectURL, state string) string {
	return "https://open.weixin.example/authorize?redirect_uri=" + url.QueryEscape(redirectURL) + "&state=" + state
}

func (x *wechat) OfficialIdentity(_ context.Context, code string) (service.WeChatIdentity, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.away {
		return service.WeChatIdentity{}, service.ErrWeChatAway
	}
	if len(code) <= len(codePrefix) || code[:len(codePrefix)] != codePrefix {
		return service.WeChatIdentity{}, service.ErrWeChatCode
	}
	return service.WeChatIdentity{OpenID: code[len(codePrefix):], Snapshot: x.snapshot}, nil
}

func (x *wechat) MiniIdentity(ctx context.Context, code string) (service.WeChatIdentity, error) {
	return x.OfficialIdentity(ctx, code)
}

func (x *wechat) Follows(_ context.Context, openID string) (bool, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.follows[openID], nil
}

func (x *wechat) SignPage(_ context.Context, page string) (service.JSSignature, error) {
	if len(page) < len(origin) || page[:len(origin)] != origin {
		return service.JSSignature{}, service.ErrForeignPage
	}
	return service.JSSignature{AppID: "wx0", Timestamp: noon.Unix(), NonceStr: "nonce", Signature: "signature"}, nil
}

func (x *wechat) Send(_ context.Context, message service.WeChatMessage) (string, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if !x.follows[message.OpenID] {
		return "", &service.SendError{Class: service.SendNotFollowing}
	}
	x.messages = append(x.messages, message)
	return "message-" + message.ID, nil
}

// activationCode is the last one that the person was sent.
func (x *wechat) activationCode(t testing.TB, openID string) string {
	t.Helper()
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, m := range slices.Backward(x.messages) {
		if m.OpenID == openID && m.Kind == service.NoticeActivationCode {
			return m.Values["code"]
		}
	}
	t.Fatalf("%s was sent no activation code", openID)
	return ""
}

// syncBuffer is a log that tests read.
type syncBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

func must(t testing.TB, err error) {
	if err == nil {
		return
	}
	if t == nil {
		panic(err)
	}
	t.Helper()
	t.Fatal(err)
}
