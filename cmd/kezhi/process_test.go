package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"kezhi/cmd/internal/rig"
	"kezhi/wxconfig/sandbox"
)

// TestMain lets the test binary be the program itself, so that a test can kill it.
func TestMain(m *testing.M) {
	if os.Getenv("KEZHI_TEST_IS_PROGRAM") != "" {
		os.Exit(run(os.Args[1:], os.Environ(), os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

// process is Kezhi as a process of its own, with a sandbox that outlives it.
type process struct {
	t      *testing.T
	dir    string
	port   string
	origin string
	box    *sandbox.Sandbox
	wechat *httptest.Server
	cmd    *exec.Cmd
	log    *lockedBuffer
}

// newProcess prepares an empty data directory and a sandbox that knows the demo town.
func newProcess(t *testing.T) *process {
	t.Helper()
	port, err := rig.FreePort()
	must(t, err)
	p := &process{t: t, dir: t.TempDir(), port: port, origin: "http://127.0.0.1:" + port, log: &lockedBuffer{}}
	p.box = sandbox.New(sandbox.Options{Now: now, AppURL: p.origin, People: demoWeChatPeople()})
	p.wechat = httptest.NewServer(p.box.Handler())
	t.Cleanup(func() {
		if p.cmd != nil {
			p.kill()
		}
		p.wechat.CloseClientConnections()
		p.wechat.Close()
		p.box.Close()
		if t.Failed() {
			t.Log("the program's log:\n" + p.log.String())
		}
	})
	return p
}

func (p *process) command(args ...string) *exec.Cmd {
	cmd := exec.CommandContext(context.WithoutCancel(p.t.Context()), os.Args[0], args...)
	cmd.Env = append(os.Environ(),
		"KEZHI_TEST_IS_PROGRAM=1", "KEZHI_ADDR=127.0.0.1:"+p.port, "KEZHI_ORIGIN="+p.origin,
		"KEZHI_DATA_DIR="+p.dir, "KEZHI_WECHAT_API_BASE="+p.wechat.URL)
	return cmd
}

// start runs `kezhi serve --demo` and waits until it is ready.
func (p *process) start() {
	p.t.Helper()
	p.cmd = p.command("serve", "--demo")
	p.cmd.Stdout, p.cmd.Stderr = p.log, p.log
	must(p.t, p.cmd.Start())
	p.eventually("ready", func() bool {
		response, err := http.Get(p.origin + "/readyz")
		if err != nil {
			return false
		}
		_ = response.Body.Close()
		return response.StatusCode == http.StatusOK
	})
}

// kill is SIGKILL: nothing is said, nothing is finished.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
	p.cmd = nil
}

// stop is SIGTERM, and returns how it ended.
func (p *process) stop() error {
	must(p.t, p.cmd.Process.Signal(syscall.SIGTERM))
	err := p.cmd.Wait()
	p.cmd = nil
	return err
}

// eventually waits for something that must come true; the limit is only there to end a broken test.
func (p *process) eventually(what string, holds func() bool) {
	p.t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if holds() {
			return
		}
	}
	p.t.Fatalf("never came true: %s\n%s", what, p.log.String())
}

// browser logs in through OAuth as someone of the town.
func (p *process) browser(name string) *browser {
	p.t.Helper()
	jar, err := cookiejar.New(nil)
	must(p.t, err)
	b := &browser{t: p.t, origin: p.origin, client: &http.Client{Jar: jar, Timeout: 30 * time.Second}}
	wechat, err := url.Parse(p.wechat.URL)
	must(p.t, err)
	jar.SetCookies(wechat, []*http.Cookie{{Name: "sandbox_openid", Value: openIDOf(name)}})
	response, err := b.client.Get(p.origin + "/wechat/login?return_to=/healthz")
	must(p.t, err)
	_ = response.Body.Close()
	if response.Request.URL.Path != "/healthz" {
		p.t.Fatalf("logging in as %s ended at %s", name, response.Request.URL)
	}
	return b
}

type browser struct {
	t      *testing.T
	origin string
	client *http.Client
}

// call does a request of the API and decodes the answer; it returns the status.
func (b *browser) call(method, path string, body, into any) int {
	b.t.Helper()
	var reader io.Reader = http.NoBody
	if body != nil {
		raw, err := json.Marshal(body)
		must(b.t, err)
		reader = bytes.NewReader(raw)
	}
	request, err := http.NewRequestWithContext(b.t.Context(), method, b.origin+"/api/v1"+path, reader)
	must(b.t, err)
	request.Header.Set("Content-Type", "application/json")
	response, err := b.client.Do(request)
	must(b.t, err)
	defer func() { _ = response.Body.Close() }()
	raw, err := io.ReadAll(response.Body)
	must(b.t, err)
	if into != nil && response.StatusCode < 300 {
		must(b.t, json.Unmarshal(raw, into))
	} else if response.StatusCode >= 300 {
		b.t.Logf("%s %s: %d %s", method, path, response.StatusCode, raw)
	}
	return response.StatusCode
}

func openIDOf(name string) string {
	for _, d := range demoPeople {
		if d.name == name {
			return d.openID
		}
	}
	panic("nobody in the town is called " + name)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

type volunteerPage struct {
	Items []struct {
		ID, Name string
	}
}

// approveFirst approves the oldest registration of the queue and returns the name.
func (b *browser) approveFirst() string {
	b.t.Helper()
	var page volunteerPage
	if status := b.call(http.MethodGet, "/volunteers?state=pending", nil, &page); status != http.StatusOK || len(page.Items) == 0 {
		b.t.Fatalf("the queue: %d, %d rows", status, len(page.Items))
	}
	var seen struct{ Version int64 }
	b.call(http.MethodGet, "/volunteers/"+page.Items[0].ID, nil, &seen)
	if status := b.call(http.MethodPost, "/volunteers/"+page.Items[0].ID+"/approve", map[string]any{"version": seen.Version}, nil); status != http.StatusOK {
		b.t.Fatalf("approving: %d", status)
	}
	return page.Items[0].Name
}

func TestKilledBetweenApprovalAndMessage(t *testing.T) {
	t.Parallel()
	for _, when := range []string{"at once", "while the message is under way"} {
		t.Run(when, func(t *testing.T) {
			t.Parallel()
			testKilledAfterApproval(t, when != "at once")
		})
	}
}

func testKilledAfterApproval(t *testing.T, underWay bool) {
	t.Helper()
	p := newProcess(t)
	p.start()
	admin := p.browser("周敏")
	const send = "/cgi-bin/message/template/send"
	p.box.Misbehave(sandbox.Fault{Kind: sandbox.FaultHang, Endpoint: send, Calls: -1})
	name := admin.approveFirst()
	if underWay {
		p.eventually("a message is under way", func() bool {
			return slices.ContainsFunc(p.box.Calls(send), func(c sandbox.Call) bool { return c.OpenID == openIDOf(name) })
		})
	}
	p.kill()
	p.box.Behave()
	if told := len(p.box.Inbox(openIDOf(name))); told != 0 {
		t.Fatalf("%s had %d messages before the restart", name, told)
	}
	p.start()
	p.eventually("the result and the code arrive", func() bool { return len(p.box.Inbox(openIDOf(name))) >= 2 })
	titles := map[string]int{}
	for _, m := range p.box.Inbox(openIDOf(name)) {
		titles[m.Title]++
	}
	for title, n := range titles {
		if n != 1 {
			t.Errorf("%s was told %q %d times", name, title, n)
		}
	}
	if len(titles) != 2 {
		t.Errorf("%s was told %v, want the result and the code", name, titles)
	}
}

func TestStopsGracefullyAndStartsAgain(t *testing.T) {
	t.Parallel()
	p := newProcess(t)
	p.start()
	name := p.browser("周敏").approveFirst()
	if err := p.stop(); err != nil {
		t.Errorf("SIGTERM ended it with %v", err)
	}
	p.start()
	p.eventually("the messages arrive", func() bool { return len(p.box.Inbox(openIDOf(name))) >= 2 })
}

func TestInviteWhileServing(t *testing.T) {
	t.Parallel()
	p := newProcess(t)
	p.start()
	link := p.invite()
	newcomer := p.browser("小雨")
	token := link[strings.LastIndex(link, "/")+1:]
	if status := newcomer.call(http.MethodPost, "/invites/"+token+"/accept", map[string]any{}, nil); status != http.StatusNoContent {
		t.Fatalf("taking the invitation: %d", status)
	}
	var me struct{ Roles []struct{ Role string } }
	newcomer.call(http.MethodGet, "/me", nil, &me)
	if len(me.Roles) != 1 || me.Roles[0].Role != "platform_admin" {
		t.Errorf("after taking it: %+v", me.Roles)
	}
	if status := p.browser("阿杰").call(http.MethodPost, "/invites/"+token+"/accept", map[string]any{}, nil); status != http.StatusNotFound {
		t.Errorf("the second to open it: %d, want 404", status)
	}
	if out, err := p.command("doctor").CombinedOutput(); err != nil || !bytes.Contains(out, []byte("✓")) {
		t.Errorf("doctor beside a running server: %v\n%s", err, out)
	}
}

func TestInviteWithoutAServer(t *testing.T) {
	t.Parallel()
	p := newProcess(t)
	link := p.invite()
	p.start()
	var invite struct{ Role string }
	if status := p.browser("小雨").call(http.MethodGet, "/invites/"+link[strings.LastIndex(link, "/")+1:], nil, &invite); status != http.StatusOK || invite.Role != "platform_admin" {
		t.Errorf("the invitation made before the start: %d, %+v", status, invite)
	}
}

func (p *process) invite() string {
	p.t.Helper()
	out, err := p.command("admin", "invite").Output()
	must(p.t, err)
	link, _, _ := strings.Cut(string(out), "\n")
	if !strings.HasPrefix(link, p.origin+"/invite/") {
		p.t.Fatalf("admin invite printed %q", out)
	}
	return link
}

func TestOnePersonTakesOneSeat(t *testing.T) {
	t.Parallel()
	p := newProcess(t)
	p.start()
	var page struct {
		Items []struct {
			ID, Title string
			Taken     int
			Capacity  int
		}
	}
	b := p.browser("王晓兰")
	b.call(http.MethodGet, "/activities?q="+url.QueryEscape("小学生科学实验课"), nil, &page)
	if len(page.Items) != 1 {
		t.Fatalf("the demo's class: %d found", len(page.Items))
	}
	a := page.Items[0]
	people := []string{"王晓兰", "孙丽", "赵文斌", "陈建国", "周敏", "林海"}
	var group sync.WaitGroup
	for _, name := range people {
		for range 4 {
			browser := p.browser(name)
			group.Go(func() {
				if status := browser.call(http.MethodPost, "/activities/"+a.ID+"/registration", nil, nil); status != http.StatusOK {
					t.Errorf("%s: %d", name, status)
				}
			})
		}
	}
	group.Wait()
	b.call(http.MethodGet, "/activities?q="+url.QueryEscape("小学生科学实验课"), nil, &page)
	if page.Items[0].Taken != len(people) {
		t.Errorf("%d seats taken by %d people, each four times", page.Items[0].Taken, len(people))
	}
}

func TestBackupWhileServingAndRestore(t *testing.T) {
	t.Parallel()
	p := newProcess(t)
	p.start()
	name := p.browser("周敏").approveFirst()
	copied := filepath.Join(t.TempDir(), "backup.db")
	for i := range 2 { // the second time the file is there already
		if out, err := p.command("backup", copied).CombinedOutput(); (err == nil) != (i == 0) {
			t.Fatalf("backup %d: %v\n%s", i+1, err, out)
		}
	}
	if out, err := p.command("restore", copied).CombinedOutput(); err == nil {
		t.Fatalf("restored over a file in use:\n%s", out)
	}
	must(t, p.stop())
	keys, err := os.ReadFile(filepath.Join(p.dir, "keys.json"))
	must(t, err)
	p.dir = t.TempDir()
	must(t, os.WriteFile(filepath.Join(p.dir, "keys.json"), keys, 0o600))
	if out, err := p.command("restore", copied).CombinedOutput(); err != nil {
		t.Fatalf("restore: %v\n%s", err, out)
	}
	p.start()
	var page volunteerPage
	p.browser("周敏").call(http.MethodGet, "/volunteers?state=approved", nil, &page)
	if !slices.ContainsFunc(page.Items, func(v struct{ ID, Name string }) bool { return v.Name == name }) {
		t.Errorf("%s is not approved in what was restored: %+v", name, page.Items)
	}
}

func TestSettingsNameAllFaultsAtOnce(t *testing.T) {
	t.Parallel()
	_, err := readSettings([]string{"KEZHI_ENV=production", "KEZHI_ORIGIN=http://kx.example.cn", "KEZHI_SANDBOX_ADDR=127.0.0.1:8081", "KEZHI_TYPO=1"})
	if err == nil {
		t.Fatal("production with a sandbox was accepted")
	}
	for _, want := range []string{"KEZHI_ORIGIN", "KEZHI_SANDBOX_ADDR", "KEZHI_KEYS_FILE", "KEZHI_TYPO"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%s is not named in:\n%v", want, err)
		}
	}
	_, err = readSettings([]string{"KEZHI_ENV=production", "KEZHI_ORIGIN=https://kx.example.cn", "KEZHI_KEYS_FILE=/keys"})
	if err == nil || !strings.Contains(err.Error(), "KEZHI_WECHAT_TEMPLATES_FILE") || !strings.Contains(err.Error(), "KEZHI_WECHAT_*") {
		t.Errorf("production without WeChat: got %v", err)
	}
}

func TestProductionSettings(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	templates := filepath.Join(dir, "templates.json")
	must(t, os.WriteFile(templates, []byte(`{"volunteer.approved":{"id":"T1","fields":{"name":"thing1","time":"time4"}}}`), 0o600))
	s, err := readSettings([]string{
		"KEZHI_ENV=production", "KEZHI_ORIGIN=https://kx.example.cn/", "KEZHI_KEYS_FILE=" + filepath.Join(dir, "keys.json"),
		"KEZHI_WECHAT_APP_ID=wx0123456789abcdef", "KEZHI_WECHAT_APP_SECRET=0123456789abcdef0123456789abcdef", "KEZHI_WECHAT_TOKEN=token1234",
		"KEZHI_WECHAT_AES_KEY=" + strings.Repeat("A", 43), "KEZHI_WECHAT_TEMPLATES_FILE=" + templates,
	})
	if err != nil {
		t.Fatalf("good settings: %v", err)
	}
	if s.Origin != "https://kx.example.cn" || s.sandboxed() || s.wechat.Sandboxed() {
		t.Errorf("got %+v", s)
	}
	if _, err := openVault(s); err == nil {
		t.Error("production made its own keys")
	}
}

func TestSeedTwiceChangesNothing(t *testing.T) {
	t.Parallel()
	p := newProcess(t)
	for i := range 2 {
		out, err := p.command("seed").CombinedOutput()
		if (err == nil) != (i == 0) {
			t.Errorf("seeding time %d: %v\n%s", i+1, err, out)
		}
	}
}

func TestOnlyOneServerHoldsTheFile(t *testing.T) {
	t.Parallel()
	p := newProcess(t)
	p.start()
	second := p.command("serve")
	second.Env = append(second.Env, "KEZHI_ADDR=127.0.0.1:0")
	out, err := second.CombinedOutput()
	if err == nil {
		t.Fatal("a second server opened the same file")
	}
	if !bytes.Contains(out, []byte("数据文件")) {
		t.Errorf("it said: %s", out)
	}
}
