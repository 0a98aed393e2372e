package sandbox

import (
	"bytes"
	"embed"
	"encoding/json"
	"hash/fnv"
	"html/template"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"kezhi/service"
)

//go:embed pages
var pageFiles embed.FS

type pages struct{ all *template.Template }

func parsePages() pages {
	functions := template.FuncMap{
		"hue": func(name string) uint32 {
			h := fnv.New32a()
			_, _ = io.WriteString(h, name)
			return h.Sum32() % 360
		},
		"first": func(name string) string {
			r, _ := utf8.DecodeRuneInString(name)
			return string(r)
		},
		"tap": func(openID string, entry menuEntry) any {
			return struct {
				menuEntry

				OpenID string
			}{entry, openID}
		},
		"when":  func(at time.Time) string { return at.In(service.Shanghai).Format("2006年1月2日 15:04") },
		"clock": func(at time.Time) string { return at.In(service.Shanghai).Format("15:04:05") },
	}
	return pages{template.Must(template.New("").Funcs(functions).ParseFS(pageFiles, "pages/*.html"))}
}

// show writes the page of a file, or of a definition in one.
func (p pages) show(w http.ResponseWriter, status int, name string, data any) {
	if p.all.Lookup(name+".html") != nil {
		name += ".html"
	}
	var page bytes.Buffer
	if err := p.all.ExecuteTemplate(&page, name, data); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Frame-Options", "DENY")
	w.WriteHeader(status)
	_, _ = page.WriteTo(w)
}

func (s *Sandbox) routePages(mux *http.ServeMux) {
	mux.HandleFunc("GET /{$}", s.peoplePage)
	mux.HandleFunc("GET /as/{openid}", s.become)
	mux.HandleFunc("GET /inbox/{openid}", s.inboxPage)
	mux.HandleFunc("GET /inbox/{openid}/{message}", s.openMessage)
	mux.HandleFunc("GET /q/{ticket}", s.scanPage)
	mux.HandleFunc("GET /misbehave", s.misbehavePage)
	for path, name := range map[string]string{"/sandbox/style.css": "style.css", "/sandbox/jweixin.js": "jweixin.js"} {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) {
			http.ServeFileFS(w, r, pageFiles, "pages/"+name)
		})
	}
	// A form does its work and goes back to where it was.
	form := func(pattern string, act func(r *http.Request) (back string)) {
		mux.Handle(pattern, guarded(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, act(r), http.StatusSeeOther)
		}))
	}
	form("POST /people", func(r *http.Request) string {
		s.AddPerson(Person{
			Nickname: strings.TrimSpace(r.FormValue("nickname")), Note: r.FormValue("note"), Follows: r.FormValue("follows") == "1",
		})
		return "/"
	})
	form("POST /people/{openid}/follow", func(r *http.Request) string {
		_ = s.Follow(r.PathValue("openid"), r.FormValue("scene"))
		return "/"
	})
	form("POST /people/{openid}/unfollow", func(r *http.Request) string {
		_ = s.Unfollow(r.PathValue("openid"))
		return "/"
	})
	form("POST /inbox/{openid}/say", func(r *http.Request) string {
		s.Say(r.PathValue("openid"), r.FormValue("text"))
		return "/inbox/" + url.PathEscape(r.PathValue("openid"))
	})
	form("POST /inbox/{openid}/click", func(r *http.Request) string {
		s.Push(Clicked(r.PathValue("openid"), r.FormValue("key")))
		return "/inbox/" + url.PathEscape(r.PathValue("openid"))
	})
	form("POST /misbehave", func(r *http.Request) string {
		fault := Fault{
			Kind: FaultKind(r.FormValue("kind")), Endpoint: r.FormValue("endpoint"), OpenID: r.FormValue("openid"),
			Calls: atoi(r.FormValue("calls")), DelayMS: atoi(r.FormValue("delay_ms")),
		}
		if fault.Kind == FaultCode {
			fault.Code = atoi(r.FormValue("code"))
		}
		_, _ = s.misbehave(fault)
		return "/misbehave"
	})
	form("POST /misbehave/{id}/end", func(r *http.Request) string {
		s.behave(atoi(r.PathValue("id")))
		return "/misbehave"
	})
	form("POST /clock", func(r *http.Request) string {
		s.MoveClock(time.Duration(atoi(r.FormValue("seconds"))) * time.Second)
		return "/misbehave"
	})
	form("POST /tokens/revoke", func(*http.Request) string { s.RevokeTokens(); return "/misbehave" })
	form("POST /check", func(*http.Request) string {
		if err := s.CheckURL(); err != nil {
			return "/misbehave?check=" + url.QueryEscape("回调地址校验失败："+err.Error())
		}
		return "/misbehave?check=" + url.QueryEscape("回调地址校验通过")
	})
	form("POST /reset", func(*http.Request) string { s.Reset(); return "/" })
}

func (s *Sandbox) peoplePage(w http.ResponseWriter, r *http.Request) {
	type row struct {
		Person

		Messages int
	}
	me := ""
	if cookie, err := r.Cookie(identityCookie); err == nil {
		me = cookie.Value
	}
	var rows []row
	for _, p := range s.People() {
		rows = append(rows, row{p, len(s.Inbox(p.OpenID))})
	}
	s.pages.show(w, http.StatusOK, "people", map[string]any{"Title": "我是谁", "People": rows, "Me": me, "AppURL": s.app()})
}

func (s *Sandbox) app() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.appURL
}

// become makes the browser the person's, and opens the app as them: at its login,
// for a session of whoever was there before must end.
func (s *Sandbox) become(w http.ResponseWriter, r *http.Request) {
	s.open(w, r, r.PathValue("openid"), r.URL.Query().Get("to"))
}

// open goes to a page of the app, given as a path, as the person.
func (s *Sandbox) open(w http.ResponseWriter, r *http.Request, openID, path string) {
	s.mu.Lock()
	known := s.person(openID) != nil
	s.mu.Unlock()
	app := s.app()
	if !known || app == "" {
		s.pages.show(w, http.StatusNotFound, "trouble", map[string]any{"Title": "打不开", "Text": "没有这个人，或者还没有设置应用的地址。"})
		return
	}
	if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") {
		path = "/"
	}
	setIdentity(w, openID)
	http.Redirect(w, r, app+"/wechat/login?switch=1&return_to="+url.QueryEscape(path), http.StatusFound)
}

// openMessage opens the page of a template message as its reader.
func (s *Sandbox) openMessage(w http.ResponseWriter, r *http.Request) {
	openID, id := r.PathValue("openid"), r.PathValue("message")
	inbox := s.Inbox(openID)
	at := slices.IndexFunc(inbox, func(m Message) bool { return m.ID == id })
	if at < 0 || inbox[at].URL == "" {
		s.pages.show(w, http.StatusNotFound, "trouble", map[string]any{"Title": "打不开", "Text": "没有这条消息，或者它没有链接。"})
		return
	}
	if path, ours := strings.CutPrefix(inbox[at].URL, s.app()+"/"); ours && s.app() != "" {
		s.open(w, r, openID, "/"+path)
		return
	}
	setIdentity(w, openID)
	http.Redirect(w, r, inbox[at].URL, http.StatusFound)
}

func (s *Sandbox) inboxPage(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	p := s.person(r.PathValue("openid"))
	var person Person
	if p != nil {
		person = *p
	}
	s.mu.Unlock()
	if p == nil {
		s.pages.show(w, http.StatusNotFound, "trouble", map[string]any{"Title": "没有这个人", "Text": "沙箱重新开始以后，添加过的人会消失。"})
		return
	}
	messages := s.Inbox(person.OpenID)
	mark := strconv.Itoa(len(messages))
	if len(messages) > 0 {
		mark += "-" + messages[len(messages)-1].ID
	}
	name := "inbox"
	if r.URL.Query().Get("part") == "chat" {
		name = "chat"
		w.Header().Set("X-Mark", mark)
	}
	s.pages.show(w, http.StatusOK, name, map[string]any{
		"Title": person.Nickname, "Person": person, "Messages": messages, "Mark": mark, "AppURL": s.app(), "Menu": s.menuOf(person.OpenID),
	})
}

type menuEntry struct {
	Name string      `json:"name"`
	Type string      `json:"type"`
	Key  string      `json:"key"`
	URL  string      `json:"url"`
	Sub  []menuEntry `json:"sub_button"`
	Open string      `json:"-"` // where a tap leads, as the person
}

// menuOf is the account's menu as the person taps it.
func (s *Sandbox) menuOf(openID string) []menuEntry {
	s.mu.Lock()
	raw, app := s.accounts[s.options.Official.AppID].menu, s.appURL
	s.mu.Unlock()
	var menu struct {
		Button []menuEntry `json:"button"`
	}
	_ = json.Unmarshal(raw, &menu)
	address := func(entry *menuEntry) {
		entry.Open = entry.URL
		if path, ours := strings.CutPrefix(entry.URL, app+"/"); ours && app != "" {
			entry.Open = "/as/" + url.PathEscape(openID) + "?to=" + url.QueryEscape("/"+path)
		}
	}
	for i := range menu.Button {
		address(&menu.Button[i])
		for j := range menu.Button[i].Sub {
			address(&menu.Button[i].Sub[j])
		}
	}
	return menu.Button
}

func (s *Sandbox) misbehavePage(w http.ResponseWriter, r *http.Request) {
	names := map[string]string{}
	people := s.People()
	for _, p := range people {
		names[p.OpenID], names[p.MiniOpenID] = p.Nickname, p.Nickname
	}
	type faultRow struct {
		Fault

		Label, Who string
	}
	type callRow struct {
		Call

		Who string
	}
	type pushRow struct {
		Push

		Who string
	}
	type codeRow struct {
		Code int
		Text string
	}
	var faults []faultRow
	for _, f := range s.Faults() {
		row := faultRow{Fault: f, Who: names[f.OpenID]}
		for _, k := range faultKinds {
			if k.Kind == f.Kind {
				row.Label = k.Label
			}
		}
		faults = append(faults, row)
	}
	var calls []callRow
	for _, c := range lastFirst(s.Calls(""), 50) {
		calls = append(calls, callRow{c, names[c.OpenID]})
	}
	var pushes []pushRow
	for _, p := range lastFirst(s.Pushes(), 30) {
		pushes = append(pushes, pushRow{p, names[p.OpenID]})
	}
	var codes []codeRow
	for code, text := range errorTexts {
		codes = append(codes, codeRow{code, text})
	}
	slices.SortFunc(codes, func(a, b codeRow) int { return a.Code - b.Code })
	var paths []string
	for _, row := range s.endpoints() {
		paths = append(paths, row.path)
	}
	s.mu.Lock()
	now := s.now()
	s.mu.Unlock()
	s.pages.show(w, http.StatusOK, "misbehave", map[string]any{
		"Title": "搞点破坏", "Kinds": faultKinds, "Codes": codes, "Endpoints": paths, "People": people,
		"Faults": faults, "Calls": calls, "Pushes": pushes, "Now": now, "Check": r.URL.Query().Get("check"),
	})
}

func lastFirst[T any](list []T, limit int) []T {
	list = list[max(0, len(list)-limit):]
	slices.Reverse(list)
	return list
}
