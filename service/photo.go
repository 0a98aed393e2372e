package service

import (
	"bytes"
	"context"
	"image"
	"image/jpeg"
	_ "image/png" // so that image.Decode knows the format
	"time"

	"golang.org/x/image/draw"
	_ "golang.org/x/image/webp" // so that image.Decode knows the format
)

// Photo is a portrait (照片), re-encoded by us and without metadata.
type Photo struct {
	ID        string    `bson:"_id"`
	OwnerID   string    `bson:"owner_id"`
	JPEG      []byte    `bson:"jpeg"`  // at most 720 × 960
	Small     []byte    `bson:"small"` // at most 144 × 192, shown at the scan
	CreatedAt time.Time `bson:"created_at"`
}

// PhotoStore keeps portraits.
type PhotoStore interface {
	// Photo returns ErrPhotoNotFound.
	Photo(ctx context.Context, id string) (*Photo, error)
	// PhotoOwner returns the owner's id alone, or ErrPhotoNotFound.
	PhotoOwner(ctx context.Context, id string) (string, error)
	InsertPhoto(ctx context.Context, p *Photo) error
}

// The limits of portraits.
const (
	PhotoMaxBytes  = 8 << 20
	photoMaxPixels = 40_000_000 // decoding takes 4 bytes a pixel
	photosDaily    = 30         // by one person
)

// Refusals of photos.
var (
	ErrPhotoNotFound = refuse(NotFound, "photo.not_found", "照片不存在")
	ErrPhotoUnread   = refuse(Invalid, "photo.unreadable", "照片无法识别，请上传 JPG、PNG 或 WebP 图片")
	ErrPhotoTooLarge = refuse(Invalid, "photo.too_large", "照片太大，请换一张")
)

// Photos are the use cases of portraits.
type Photos struct {
	Env
	Store      PhotoStore
	Volunteers VolunteerStore
	Limiter    Limiter
}

// Create reads a JPEG, PNG or WebP by its content, turns it upright, scales it
// down and stores it. It returns ErrPhotoUnread, ErrPhotoTooLarge, ErrRateLimited.
func (s *Photos) Create(ctx context.Context, actor Actor, file []byte) (*Photo, error) {
	if err := s.Limiter.Allow(ctx, "photo:"+actor.PersonID, photosDaily, 24*time.Hour); err != nil {
		return nil, err
	}
	if len(file) > PhotoMaxBytes {
		return nil, ErrPhotoTooLarge
	}
	config, _, err := image.DecodeConfig(bytes.NewReader(file))
	if err != nil {
		return nil, ErrPhotoUnread.Because(err)
	}
	if config.Width < 1 || config.Height < 1 || config.Width > photoMaxPixels/config.Height {
		return nil, ErrPhotoTooLarge
	}
	picture, _, err := image.Decode(bytes.NewReader(file))
	if err != nil {
		return nil, ErrPhotoUnread.Because(err)
	}
	large := fit(picture, 960)
	large = upright(large, exifOrientation(file))
	p := &Photo{ID: s.NewID(), OwnerID: actor.PersonID, CreatedAt: s.Now()}
	if p.JPEG, err = encodeJPEG(large); err != nil {
		return nil, err
	}
	if p.Small, err = encodeJPEG(fit(large, 192)); err != nil {
		return nil, err
	}
	if err := s.Store.InsertPhoto(ctx, p); err != nil {
		return nil, err
	}
	return p, nil
}

// See returns a portrait to its owner and to the admins above a volunteer who uses
// it; to others ErrPhotoNotFound.
func (s *Photos) See(ctx context.Context, actor Actor, id string) (*Photo, error) {
	p, err := s.Store.Photo(ctx, id)
	if err != nil {
		return nil, err
	}
	if p.OwnerID == actor.PersonID {
		return p, nil
	}
	v, err := s.Volunteers.Volunteer(ctx, p.OwnerID)
	if isRefusal(err, ErrVolunteerNotFound) {
		return nil, ErrPhotoNotFound
	}
	if err != nil {
		return nil, err
	}
	if v.Profile.PhotoID != id || !v.visibleTo(actor) {
		return nil, ErrPhotoNotFound
	}
	return p, nil
}

// fit scales a picture down so that its longer side has at most so many pixels, on
// white where it is transparent.
func fit(src image.Image, longest int) image.Image {
	b := src.Bounds()
	w, h := b.Dx(), b.Dy()
	if longer := max(w, h); longer > longest {
		w, h = max(1, w*longest/longer), max(1, h*longest/longer)
	}
	dst := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(dst, dst.Bounds(), image.White, image.Point{}, draw.Src)
	draw.CatmullRom.Scale(dst, dst.Bounds(), src, b, draw.Over, nil)
	return dst
}

func encodeJPEG(picture image.Image) ([]byte, error) {
	var out bytes.Buffer
	if err := jpeg.Encode(&out, picture, &jpeg.Options{Quality: 82}); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
