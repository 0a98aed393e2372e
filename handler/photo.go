package handler

import (
	"context"
	"slices"

	"kezhi/service"
)

// photosAtOnce bounds how many portraits are decoded at a time: each may take 160 MB.
const photosAtOnce = 2

var photoTypes = []string{"image/jpeg", "image/png", "image/webp"}

// uploads is an endpoint of a route whose body is a picture. What is in it is judged
// by its content; the declared type only keeps forms of other sites out.
func (s *server) uploads(answer func(ctx context.Context, c call, file []byte) (any, error)) endpoint {
	return func(ctx context.Context, c call) (any, error) {
		if !slices.Contains(photoTypes, mediaType(c.gin.Request)) {
			return nil, errContentType
		}
		file, err := readBody(c.gin, service.PhotoMaxBytes)
		if err != nil {
			return nil, err
		}
		select {
		case s.photoTurns <- struct{}{}:
			defer func() { <-s.photoTurns }()
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		return answer(ctx, c, file)
	}
}

type photoView struct {
	ID string `json:"id"`
}

// createPhoto stores a portrait of the actor.
func (s *server) createPhoto(ctx context.Context, c call, file []byte) (any, error) {
	p, err := s.Services.Photos.Create(ctx, c.actor, file)
	if err != nil {
		return nil, err
	}
	return photoView{p.ID}, nil
}

// getPhoto is a portrait, for its owner and the admins above. No browser keeps it.
func (s *server) getPhoto(ctx context.Context, c call) (any, error) {
	p, err := s.Services.Photos.See(ctx, c.actor, c.id())
	if err != nil {
		return nil, err
	}
	return picture{mime: "image/jpeg", bytes: p.JPEG}, nil
}
