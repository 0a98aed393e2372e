package handler

import (
	"context"

	"kezhi/service"
)

type privacyView struct {
	Version string `json:"version"`
	Title   string `json:"title"`
	Text    string `json:"text"`
}

// getPrivacy is the privacy text in force.
func (s *server) getPrivacy(context.Context, call) (any, error) {
	return privacyView{service.Privacy.Version, service.Privacy.Title, service.Privacy.Text}, nil
}
