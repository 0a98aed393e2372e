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

// readyz says whether what the process needs answers; if not, which parts.
func (s *server) readyz(c *gin.Context) {
	c.Header("Cache-Control", "no-store")
	if err := s.Ready(c.Request.Context()); err != nil {
		c.Set(errorKey, err)
		c.JSON(http.StatusServiceUnavailable, gin.H{"status": "unavailable", "parts": parts(err)})
		return
	}
	c.JSON(http.StatusOK, gin.H{"status": "ok"})
}

// parts names what does not answer: of each error the text before the first colon.
// What follows it may hold addresses, and is for the log.
func parts(err error) []string {
	var names []string
	for line := range strings.Lines(err.Error()) {
		name, _, _ := strings.Cut(line, ":")
		names = append(names, strings.TrimSpace(name))
	}
	return names
}
