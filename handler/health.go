package handler

import (
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"
)

// healthz says that the process lives.
func (s *server) healthz(c *gin.Context) {
	c.Header("Cache-Control", "no-store")
	c.JSON(http.StatusOK, gin.H{"status": "ok"})
}

// readyz says whether what the process needs answers; if not, which part.
func (s *server) readyz(c *gin.Context) {
	c.Header("Cache-Control", "no-store")
	if err := s.Ready(c.Request.Context()); err != nil {
		c.Set(errorKey, err)
		part, _, _ := strings.Cut(err.Error(), ":")
		c.JSON(http.StatusServiceUnavailable, gin.H{"status": "unavailable", "part": part})
		return
	}
	c.JSON(http.StatusOK, gin.H{"status": "ok"})
}
