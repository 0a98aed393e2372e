// Package web holds the H5 as it was built into dist.
package web

import "embed"

// Dist is the built H5. Without a build it holds no index.html; the caller then
// says that the web app has not been built.
//
//go:embed all:dist
var Dist embed.FS
