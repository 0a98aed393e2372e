package handler

import (
	"context"

	"kezhi/service"
)

type choicesView struct {
	Sexes         []string `json:"sexes"`
	Ethnicities   []string `json:"ethnicities"`
	Educations    []string `json:"educations"`
	WaysIn        []string `json:"ways_in"`
	ServiceItems  []string `json:"service_items"`
	ServiceTimes  []string `json:"service_times"`
	ActivityTypes []string `json:"activity_types"`
	RejectReasons []string `json:"reject_reasons"`
}

// getChoices are the fixed lists of the forms.
func (s *server) getChoices(context.Context, call) (any, error) {
	return choicesView(service.Choices), nil
}
