package handler

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strconv"
	"time"

	"kezhi/service"

	"github.com/gin-gonic/gin"
)

// Refusals of HTTP's own side.
var (
	errNoEndpoint  = &service.Error{Kind: service.NotFound, Reason: "not_found", Message: "没有这个接口"}
	errMethod      = &service.Error{Kind: service.Invalid, Reason: "request.method", Message: "不支持这种请求方式"}
	errCrossOrigin = &service.Error{Kind: service.Forbidden, Reason: "request.cross_origin", Message: "请从本站页面操作"}
	errContentType = &service.Error{Kind: service.Invalid, Reason: "request.content_type", Message: "请求内容的类型不对"}
	errNotJSON     = &service.Error{Kind: service.Invalid, Reason: "request.not_json", Message: "请求内容不是一个完整的 JSON 对象"}
	errTooLarge    = &service.Error{Kind: service.Invalid, Reason: "request.too_large", Message: "请求内容太长"}
	errBroken      = &service.Error{Kind: service.Invalid, Reason: "request.broken", Message: "请求内容没有传完，请重试"}
	errInternal    = &service.Error{Kind: service.Internal, Reason: "internal", Message: "系统出错了，请稍后再试"}
)

// statusHungUp is what is logged when the client did not wait for the answer.
const statusHungUp = 499

// refusalView is the body of every refusal.
type refusalView struct {
	Error struct {
		Reason    string               `json:"reason"`
		Message   string               `json:"message"`
		RequestID string               `json:"request_id"`
		Fields    []service.FieldError `json:"fields,omitempty"`
		Detail    map[string]any       `json:"detail,omitempty"`
	} `json:"error"`
}

// refuse answers with the one form of all refusals, and leaves the error for the log.
func (s *server) refuse(c *gin.Context, err error) {
	refusal, status := refusalOf(c.Request.Context(), err)
	c.Set(errorKey, err)
	if status == statusHungUp {
		c.AbortWithStatus(statusHungUp)
		return
	}
	var view refusalView
	view.Error.Reason, view.Error.Message = refusal.Reason, refusal.Message
	view.Error.RequestID = c.GetString(requestIDKey)
	view.Error.Fields, view.Error.Detail = refusal.Fields, refusal.Detail
	body, err := json.Marshal(view)
	if err != nil {
		view.Error.Detail = nil // the only part that is not ours
		body, _ = json.Marshal(view)
	}
	c.Header("Cache-Control", "no-store")
	setRetryAfter(c, refusal)
	c.Abort()
	writeJSON(c, status, body)
}

// refusalOf finds what may be told of an error, and its status. What is no refusal is told as
// internal, and nothing of it.
func refusalOf(ctx context.Context, err error) (*service.Error, int) {
	if errors.Is(err, context.Canceled) && ctx.Err() != nil {
		return errInternal, statusHungUp
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return service.ErrUnavailable, http.StatusServiceUnavailable
	}
	refusal, is := errors.AsType[*service.Error](err)
	if !is {
		return errInternal, http.StatusInternalServerError
	}
	if refusal.Reason == errMethod.Reason {
		return refusal, http.StatusMethodNotAllowed
	}
	switch refusal.Kind {
	case service.Invalid:
		return refusal, http.StatusBadRequest
	case service.Unauthenticated:
		return refusal, http.StatusUnauthorized
	case service.Forbidden:
		return refusal, http.StatusForbidden
	case service.NotFound:
		return refusal, http.StatusNotFound
	case service.Conflict:
		return refusal, http.StatusConflict
	case service.RateLimited:
		return refusal, http.StatusTooManyRequests
	case service.Unavailable:
		return refusal, http.StatusServiceUnavailable
	case service.Internal:
	}
	return errInternal, http.StatusInternalServerError
}

// retryUnknown is how long to wait when the refusal does not know.
const retryUnknown = 5 * time.Second

// setRetryAfter tells when to try again, where waiting is of use.
func setRetryAfter(c *gin.Context, refusal *service.Error) {
	if refusal.Kind != service.RateLimited && refusal.Kind != service.Unavailable {
		return
	}
	wait := refusal.Retry
	if wait <= 0 {
		wait = retryUnknown
	}
	c.Header("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
}
