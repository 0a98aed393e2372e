package handler

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"net/http"
	"path"
	"strings"

	"github.com/gin-gonic/gin"
)

// app is the built H5, in memory: every path that names none of its files is one
// of its own pages, and gets its index.html.
type app struct {
	files map[string]*file // by path, without the slash at its start
	index *file
}

type file struct {
	mime, etag, keep string
	plain, gzip      []byte
}

// How long a browser may keep a file without asking.
const (
	keepForever = "public, max-age=31536000, immutable" // the name holds a hash of what is in it
	keepAndAsk  = "no-cache"
)

// hashedFiles is where the build puts files whose names hold a hash.
const hashedFiles = "assets/"

const notBuilt = `<!doctype html>
<html lang="zh-CN">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>科志</title>
<p style="margin:96px 32px;text-align:center;font:17px/1.6 system-ui,sans-serif">网页还没有构建。<br>请在项目目录里运行 <code>make run</code>。</p>
</html>
`

// newApp reads the H5 and compresses what the build did not.
func newApp(built fs.FS, verify map[string]string) *app {
	a := &app{files: map[string]*file{}}
	err := fs.WalkDir(built, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasPrefix(path.Base(name), ".") || strings.HasSuffix(name, ".gz") {
			return err
		}
		content, err := fs.ReadFile(built, name)
		if err != nil {
			return err
		}
		gzip, err := fs.ReadFile(built, name+".gz")
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		a.files[name] = newFile(name, content, gzip)
		return nil
	})
	if err != nil {
		panic(err) // the H5 is a part of the program
	}
	for name, content := range verify {
		a.files[path.Base(name)] = newFile("verify.txt", []byte(content), nil)
	}
	a.index = a.files["index.html"]
	if a.index == nil {
		a.index = newFile("index.html", []byte(notBuilt), nil)
	}
	return a
}

func newFile(name string, content, gzip []byte) *file {
	sum := sha256.Sum256(content)
	f := &file{mime: mimeOf(name, content), etag: `"` + hex.EncodeToString(sum[:12]) + `"`, keep: keepAndAsk, plain: content, gzip: gzip}
	if strings.HasPrefix(name, hashedFiles) {
		f.keep = keepForever
	}
	if f.gzip == nil && len(content) > compressFrom {
		f.gzip = compress(content, compressWell)
	}
	if len(f.gzip) >= len(content) {
		f.gzip = nil
	}
	return f
}

// mimeOf does not ask the operating system, whose tables differ.
func mimeOf(name string, content []byte) string {
	switch path.Ext(name) {
	case ".html":
		return "text/html; charset=utf-8"
	case ".js", ".mjs":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".wasm":
		return "application/wasm"
	case ".json", ".map":
		return "application/json"
	case ".webmanifest":
		return "application/manifest+json"
	case ".txt":
		return "text/plain; charset=utf-8"
	case ".woff2":
		return "font/woff2"
	}
	return http.DetectContentType(content)
}

// serve answers a GET or HEAD of a page or a file.
func (a *app) serve(c *gin.Context) {
	name := strings.TrimPrefix(path.Clean(c.Request.URL.Path), "/")
	f := a.files[name]
	if f == nil && strings.HasPrefix(name, hashedFiles) {
		// A page from before an update asks for what is gone: an HTML page would only confuse it.
		c.Header("Cache-Control", "no-store")
		c.String(http.StatusNotFound, "文件已更新，请刷新页面")
		return
	}
	if f == nil {
		f = a.index
	}
	c.Header("Cache-Control", f.keep)
	c.Header("ETag", f.etag)
	c.Header("Vary", "Accept-Encoding")
	if c.GetHeader("If-None-Match") == f.etag {
		c.Status(http.StatusNotModified)
		c.Writer.WriteHeaderNow()
		return
	}
	body := f.plain
	if f.gzip != nil && acceptsGzip(c.Request) {
		c.Header("Content-Encoding", "gzip")
		body = f.gzip
	}
	c.Data(http.StatusOK, f.mime, body)
}
