package proxy

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/openai/responses"
)

// responsesQuestion reads the body of POST /v1/responses.
func (s *Server) responsesQuestion(body []byte) (*question, *conversation.Error) {
	r, invalid := s.responses.Decode(body)
	if invalid != nil {
		return nil, invalid
	}
	e := responses.NewEncoder(r)
	return &question{
		conversation: r.Conversation(),
		model:        r.Model,
		stream:       r.Stream,
		ignored:      r.Ignored,
		enforce:      r.Enforce,
		encoder:      func() encoder { return e },
		fold:         e.Fold,
		running:      func(cancel context.CancelCauseFunc) func() { return s.responses.Run(e.ID(), cancel) },
	}, nil
}

// rememberedRoute finds the handlers of what is below /responses/.
func (s *Server) rememberedRoute(path string) route {
	id, below, _ := strings.Cut(path, "/")
	switch {
	case id == "", elsewhere["responses/"+id] != "":
		return nil
	case below == "":
		return route{
			http.MethodGet:    s.keyed(func(w http.ResponseWriter, r *http.Request) { s.response(w.(*exchange), r, id) }),
			http.MethodDelete: s.keyed(func(w http.ResponseWriter, _ *http.Request) { s.deleteResponse(w.(*exchange), id) }),
		}
	case below == "cancel":
		return route{http.MethodPost: s.keyed(func(w http.ResponseWriter, _ *http.Request) {
			body, failure := s.responses.Cancel(id)
			w.(*exchange).whole(body, failure)
		})}
	case below == "input_items":
		return route{http.MethodGet: s.keyed(func(w http.ResponseWriter, r *http.Request) { s.inputItems(w.(*exchange), r, id) })}
	}
	return nil
}

// response serves GET /v1/responses/{id}.
func (s *Server) response(x *exchange, r *http.Request, id string) {
	body, ok := s.responses.Get(id)
	if !ok {
		x.fail(responses.NotFound(id))
		return
	}
	if stream, _ := strconv.ParseBool(r.URL.Query().Get("stream")); stream {
		err := conversation.Invalid("stream", "A response is streamed to the request that has asked for it, and to no other.")
		err.Hint = "Leave stream out."
		x.fail(err)
		return
	}
	x.body(http.StatusOK, body)
}

// deleteResponse serves DELETE /v1/responses/{id}.
func (s *Server) deleteResponse(x *exchange, id string) {
	body, failure := s.responses.Delete(id)
	x.whole(body, failure)
}

// inputItems serves GET /v1/responses/{id}/input_items.
func (s *Server) inputItems(x *exchange, r *http.Request, id string) {
	query := r.URL.Query()
	const usual, most = 20, 100
	limit := usual
	if given := query.Get("limit"); given != "" {
		n, err := strconv.Atoi(given)
		if err != nil || n < 1 || n > most {
			x.fail(conversation.Invalid("limit", "limit must be a whole number from 1 to 100."))
			return
		}
		limit = n
	}
	order := query.Get("order")
	if order != "" && order != "asc" && order != "desc" {
		x.fail(conversation.Invalid("order", "order must be asc or desc."))
		return
	}
	body, failure := s.responses.InputItems(id, query.Get("after"), limit, order == "asc")
	x.whole(body, failure)
}

// whole answers with a body, or with what went wrong.
func (x *exchange) whole(body []byte, failure *conversation.Error) {
	if failure != nil {
		x.fail(failure)
		return
	}
	x.body(http.StatusOK, body)
}
