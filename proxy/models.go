package proxy

import (
	"fmt"
	"net/http"
	"strings"

	"claude-max-api-proxy/proxy/anthropic"
	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/openai"
	"claude-max-api-proxy/proxy/params"
)

// models serves GET /v1/models, in Anthropic's form for its clients, which say so.
func (s *Server) models(w http.ResponseWriter, r *http.Request) {
	known := s.config.Backend.Models()
	if r.Header.Get(anthropic.VersionHeader) != "" {
		w.(*exchange).body(http.StatusOK, anthropic.ModelListBody(known, s.started))
		return
	}
	list := make([]openai.Model, 0, len(known))
	for _, m := range known {
		list = append(list, s.openaiModel(m))
	}
	w.(*exchange).body(http.StatusOK, openai.ModelListBody(list))
}

// model serves GET /v1/models/{id}; the id may contain slashes.
func (s *Server) model(w http.ResponseWriter, r *http.Request) {
	x := w.(*exchange)
	_, asked, _ := strings.Cut(r.URL.Path, "/models/")
	asked = params.StripPrefix(strings.TrimSuffix(asked, "/"))
	for _, m := range s.config.Backend.Models() {
		if strings.EqualFold(m.ID, asked) {
			if r.Header.Get(anthropic.VersionHeader) != "" {
				x.body(http.StatusOK, anthropic.ModelBody(m, s.started))
				return
			}
			x.body(http.StatusOK, openai.ModelBody(s.openaiModel(m)))
			return
		}
	}
	x.fail(&conversation.Error{
		Kind: conversation.ModelNotFound, Param: "model",
		Message: fmt.Sprintf("The model %q is not in the list.", shorten(asked)),
		Hint:    "GET /v1/models shows it.",
	})
}

// openaiModel dates every model with our start: when a model appeared is not
// known here, and the field is required.
func (s *Server) openaiModel(m conversation.Model) openai.Model {
	return openai.Model{ID: m.ID, Created: s.started}
}
