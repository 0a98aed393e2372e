package sandbox

import (
	"encoding/json"
	"net/http"
)

func (s *Sandbox) menuEndpoints() []endpoint {
	return []endpoint{
		{http.MethodPost, "/cgi-bin/menu/create", officialToken, s.createMenu},
		{http.MethodGet, "/cgi-bin/menu/get", officialToken, s.getMenu},
		{http.MethodGet, "/cgi-bin/menu/delete", officialToken, s.deleteMenu},
	}
}

// createMenu holds the menu to three entries of five, and names to their bytes.
func (s *Sandbox) createMenu(c *call) (any, *refusal) {
	var menu struct {
		Button []menuEntry `json:"button"`
	}
	if refused := c.decode(&menu); refused != nil {
		return nil, refused
	}
	if len(menu.Button) == 0 || len(menu.Button) > 3 {
		return nil, refuse(40016, "invalid button size")
	}
	for _, top := range menu.Button {
		if top.Name == "" || len(top.Name) > 16 {
			return nil, refuse(40018, "invalid button name size")
		}
		if len(top.Sub) > 5 {
			return nil, refuse(40023, "invalid sub button size")
		}
		leaves := top.Sub
		if len(leaves) == 0 {
			leaves = []menuEntry{top}
		}
		for _, leaf := range leaves {
			if refused := checkLeaf(leaf); refused != nil {
				return nil, refused
			}
		}
	}
	c.account.menu = c.body
	return map[string]any{"errcode": 0, "errmsg": "ok"}, nil
}

func checkLeaf(leaf menuEntry) *refusal {
	switch {
	case leaf.Name == "" || len(leaf.Name) > 60:
		return refuse(40018, "invalid button name size")
	case len(leaf.Sub) > 0:
		return refuse(40022, "invalid sub button level")
	case leaf.Type == "view" && (leaf.URL == "" || len(leaf.URL) > 1024):
		return refuse(40020, "invalid button url size")
	case leaf.Type == "click" && (leaf.Key == "" || len(leaf.Key) > 128):
		return refuse(40019, "invalid button key size")
	case leaf.Type != "view" && leaf.Type != "click" && leaf.Type != "miniprogram" && leaf.Type != "scancode_waitmsg" && leaf.Type != "scancode_push":
		return refuse(40017, "invalid button type")
	}
	return nil
}

func (s *Sandbox) getMenu(c *call) (any, *refusal) {
	if c.account.menu == nil {
		return nil, refuse(46003, "menu no exist")
	}
	return map[string]any{"menu": json.RawMessage(c.account.menu)}, nil
}

func (s *Sandbox) deleteMenu(c *call) (any, *refusal) {
	c.account.menu = nil
	return map[string]any{"errcode": 0, "errmsg": "ok"}, nil
}
