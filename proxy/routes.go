package proxy

import (
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/openai"
)

// route is what a path leads to; its key in the map is the method.
type route map[string]http.HandlerFunc

// route finds the handlers of a path. Clients have the base URL with and without
// /v1 in their settings, so both are the same.
func (s *Server) route(path string) route {
	path = "/" + strings.Trim(path, "/")
	if rest, ok := strings.CutPrefix(path, "/v1/"); ok {
		path = "/" + rest
	}
	switch {
	case path == "/chat/completions":
		return route{http.MethodPost: s.chatCompletions}
	case path == "/models":
		return route{http.MethodGet: s.models}
	case strings.HasPrefix(path, "/models/"):
		return route{http.MethodGet: s.model}
	case path == "/health":
		return route{http.MethodGet: s.health}
	}
	return nil
}

// ServeHTTP lets a request through the guards to its route.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	begun := time.Now()
	x := &exchange{ResponseWriter: w}
	id := openai.NewID("req_")
	h := w.Header()
	h.Set("X-Request-Id", id)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")

	s.active.Add(1)
	defer s.active.Add(-1)
	s.dispatch(x, r)

	s.config.Log.LogAttrs(r.Context(), x.level(), "request",
		slog.String("id", id), slog.String("method", r.Method), slog.String("path", shorten(r.URL.Path)),
		slog.Int("status", x.status), slog.String("outcome", x.outcome()),
		slog.String("model", x.model), slog.Duration("took", time.Since(begun)))
}

func (s *Server) dispatch(w *exchange, r *http.Request) {
	if no := s.guard.check(r); no.status != 0 {
		w.refuse(no.status, no.message)
		return
	}
	s.guard.allowOrigin(w, r)
	handlers := s.route(r.URL.Path)
	if handlers == nil {
		w.refuse(http.StatusNotFound, fmt.Sprintf(
			"There is no %s here. The proxy has POST /v1/chat/completions, GET /v1/models, GET /v1/models/{id} and GET /health; the base URL for clients ends in /v1.",
			shorten(r.URL.Path)))
		return
	}
	if r.Method == http.MethodOptions && r.Header.Get("Origin") != "" {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	handler := handlers[r.Method]
	if handler == nil && r.Method == http.MethodHead {
		handler = handlers[http.MethodGet] // net/http leaves the body out
	}
	if handler == nil {
		allow := allowed(handlers)
		w.Header().Set("Allow", allow)
		w.refuse(http.StatusMethodNotAllowed, fmt.Sprintf(
			"%s does not take %s; use %s.", shorten(r.URL.Path), shorten(r.Method), allow))
		return
	}
	if !s.guard.admits(r) && r.URL.Path != "/health" {
		w.Header().Set("WWW-Authenticate", "Bearer")
		w.refuse(http.StatusUnauthorized,
			"This proxy was given an API key of its own, and the request does not carry it. Send it as \"Authorization: Bearer KEY\"; it is the one from --api-key or the settings file, not one of Anthropic's or OpenAI's.")
		return
	}
	handler(w, r)
}

func allowed(handlers route) string {
	var methods []string
	for m := range handlers {
		methods = append(methods, m)
		if m == http.MethodGet {
			methods = append(methods, http.MethodHead)
		}
	}
	slices.Sort(methods)
	return strings.Join(methods, ", ")
}

// exchange is a response that remembers how it went, for the log.
type exchange struct {
	http.ResponseWriter
	status int
	kind   conversation.Kind // of the failure; "" for none
	left   bool              // the client went away
	model  string
}

func (x *exchange) WriteHeader(status int) {
	if x.status == 0 {
		x.status = status
	}
	x.ResponseWriter.WriteHeader(status)
}

func (x *exchange) Write(p []byte) (int, error) {
	if x.status == 0 {
		x.status = http.StatusOK
	}
	return x.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController find the connection.
func (x *exchange) Unwrap() http.ResponseWriter { return x.ResponseWriter }

func (x *exchange) outcome() string {
	switch {
	case x.kind != "":
		return string(x.kind)
	case x.left:
		return "client_left"
	case x.status >= 400:
		return "refused"
	}
	return "ok"
}

func (x *exchange) level() slog.Level {
	switch {
	case x.kind != "" && x.kind != conversation.InvalidRequest && x.kind != conversation.ModelNotFound:
		return slog.LevelWarn
	case x.status == http.StatusOK && x.model == "":
		return slog.LevelDebug // lists and health checks
	}
	return slog.LevelInfo
}
