package wxconfig

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"unicode/utf8"
)

// Menu is the account's menu: three entries at most, of five below each.
type Menu []MenuEntry

// MenuEntry opens a page, sends its key, or has entries below it.
type MenuEntry struct {
	Name  string      `json:"name"`
	URL   string      `json:"url,omitempty"`
	Key   string      `json:"key,omitempty"`
	Below []MenuEntry `json:"below,omitempty"`
}

// DefaultMenu is the menu for an app at the origin, as requirements.md W1 has it.
func DefaultMenu(origin string) Menu {
	return Menu{
		{Name: "活动", URL: origin + "/activities"},
		{Name: "志愿者", Below: []MenuEntry{
			{Name: "我的", URL: origin + "/me"},
			{Name: "注册", URL: origin + "/register"},
			{Name: "激活", URL: origin + "/activate"},
			{Name: "我的活动", URL: origin + "/me/registrations"},
		}},
	}
}

// Validate lists what the platform would refuse.
func (m Menu) Validate() []error {
	var faults []error
	add := func(name, format string, args ...any) {
		faults = append(faults, fmt.Errorf("%s: %w", name, fmt.Errorf(format, args...)))
	}
	if len(m) == 0 || len(m) > 3 {
		add("menu", "it has %d entries; one to three may be", len(m))
	}
	check := func(entry MenuEntry, limit int) {
		if n := utf8.RuneCountInString(entry.Name); n == 0 || n > limit {
			add(entry.Name, "the name has %d characters; one to %d may be", n, limit)
		}
		if len(entry.Below) > 0 {
			return
		}
		if (entry.URL == "") == (entry.Key == "") {
			add(entry.Name, "it must have a url or a key")
		}
		if u, err := url.Parse(entry.URL); entry.URL != "" && (err != nil || u.Host == "" || len(entry.URL) > 1024) {
			add(entry.Name, "%q is no address of at most 1024 bytes", entry.URL)
		}
		if len(entry.Key) > 128 {
			add(entry.Name, "the key is longer than 128 bytes")
		}
	}
	for _, top := range m {
		check(top, 4)
		if len(top.Below) > 0 && (top.URL != "" || top.Key != "") {
			add(top.Name, "with entries below, it can neither open a page nor send a key")
		}
		if len(top.Below) > 5 {
			add(top.Name, "%d entries are below it; five may be", len(top.Below))
		}
		for _, entry := range top.Below {
			check(entry, 8)
			if len(entry.Below) > 0 {
				add(entry.Name, "nothing can be below it")
			}
		}
	}
	return faults
}

type wireMenu struct {
	Button []wireButton `json:"button"`
}

type wireButton struct {
	Type string       `json:"type,omitempty"`
	Name string       `json:"name"`
	URL  string       `json:"url,omitempty"`
	Key  string       `json:"key,omitempty"`
	Sub  []wireButton `json:"sub_button,omitempty"`
}

// AccountMenu is the menu that the account has; none is an empty one. Its error is
// an *APIError or a *WireError, as is that of PushMenu.
func (w *WeChat) AccountMenu(ctx context.Context) (Menu, error) {
	var answer struct {
		Menu wireMenu `json:"menu"`
	}
	err := w.officialToken.get(ctx, "/cgi-bin/menu/get", nil, &answer)
	if isNoMenu(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return fromWire(answer.Menu.Button), nil
}

// PushMenu makes the menu the account's. People see it within five minutes. A menu
// with faults is not sent.
func (w *WeChat) PushMenu(ctx context.Context, menu Menu) error {
	if faults := menu.Validate(); len(faults) > 0 {
		return errors.Join(faults...)
	}
	var answer struct{}
	return w.officialToken.post(ctx, "/cgi-bin/menu/create", wireMenu{toWire(menu)}, &answer)
}

// Wire is the menu as the platform takes it, in JSON.
func (m Menu) Wire() []byte {
	wire, _ := json.Marshal(wireMenu{toWire(m)}) // it holds texts alone
	return wire
}

func fromWire(buttons []wireButton) []MenuEntry {
	var entries []MenuEntry
	for _, b := range buttons {
		entries = append(entries, MenuEntry{Name: b.Name, URL: b.URL, Key: b.Key, Below: fromWire(b.Sub)})
	}
	return entries
}

func toWire(entries []MenuEntry) []wireButton {
	var buttons []wireButton
	for _, e := range entries {
		b := wireButton{Name: e.Name, URL: e.URL, Key: e.Key, Sub: toWire(e.Below)}
		switch {
		case e.URL != "":
			b.Type = "view"
		case e.Key != "":
			b.Type = "click"
		}
		buttons = append(buttons, b)
	}
	return buttons
}

// Lines are the menu for reading, one entry a line.
func (m Menu) Lines() []string {
	var lines []string
	for _, top := range m {
		lines = append(lines, line(top.Name, top))
		for _, entry := range top.Below {
			lines = append(lines, line(top.Name+" / "+entry.Name, entry))
		}
	}
	return lines
}

func line(name string, entry MenuEntry) string {
	switch {
	case entry.URL != "":
		return name + " → " + entry.URL
	case entry.Key != "":
		return name + " → # " + entry.Key
	}
	return name
}

// DiffMenu says what pushing want changes in have, one entry a line: - goes, + comes.
// Nothing means that they are the same, in the same order.
func DiffMenu(want, have Menu) []string {
	lines, old := want.Lines(), have.Lines()
	if slices.Equal(lines, old) {
		return nil
	}
	var changes []string
	for _, l := range old {
		if !slices.Contains(lines, l) {
			changes = append(changes, "- "+l)
		}
	}
	for _, l := range lines {
		if !slices.Contains(old, l) {
			changes = append(changes, "+ "+l)
		}
	}
	if changes == nil {
		changes = []string{"~ the order"}
	}
	return changes
}
