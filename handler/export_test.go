package handler

import (
	"regexp"
)

// Route is one line of the route table, as openapi.yaml would write it.
type Route struct {
	Method, Path string
	Protected    bool // nobody may call it without a session
}

var pathParameter = regexp.MustCompile(`:(\w+)`)

// Routes is the route table.
func Routes() []Route {
	s := &server{}
	var routes []Route
	for _, r := range s.api() {
		routes = append(routes, Route{
			Method: r.method, Path: pathParameter.ReplaceAllString(r.path, "{$1}"), Protected: r.who == person || r.who == staff,
		})
	}
	return routes
}

// Household is whose address counts as one.
var Household = household

// StatusOf is the status of an error.
var StatusOf = refusalOf

// PhotosAtOnce is how many portraits are decoded at a time.
const PhotosAtOnce = photosAtOnce
