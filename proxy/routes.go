package proxy

import (
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
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
		return route{http.MethodPost: s.keyed(s.ask(chatQuestion))}
	case path == "/models":
		return route{http.MethodGet: s.keyed(s.models)}
	case strings.HasPrefix(path, "/models/"):
		return route{http.MethodGet: s.keyed(s.model)}
	case path == "/health":
		return route{http.MethodGet: s.health} // looks at the key itself
	}
	return nil
}

// keyed asks for the API key, where one is set.
func (s *Server) keyed(handler http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !s.guard.admits(r) {
			w.Header().Set("WWW-Authenticate", "Bearer")
			w.(*exchange).refuse(http.StatusUnauthorized,
				"This proxy was given an API key of its own, and the request does not carry it. Send it as \"Authorization: Bearer KEY\"; it is the one from --api-key or the settings file, not one of Anthropic's or OpenAI's.")
			return
		}
		handler(w, r)
	}
}

// ServeHTTP lets a request through the guards to its route.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	begun := time.Now()
	id := openai.NewID("req_")
	x := &exchange{ResponseWriter: w, clientWait: s.config.ClientWait, id: id, dialect: usual}
	h := w.Header()
	h.Set("X-Request-Id", id)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")

	if r.ContentLength != 0 {
		// Also before a refusal net/http reads a small body, for as long as it takes.
		x.unread = true
		x.readWithin(drainTime)
	}
	defer func() { s.bodies.Release(x.room) }()
	torn := s.contain(x, r)
	x.drain(r)

	s.config.Log.LogAttrs(r.Context(), x.level(), "request",
		slog.String("id", id), slog.String("method", shorten(r.Method)), slog.String("path", shorten(r.URL.Path)),
		slog.Int("status", x.status), slog.String("outcome", x.outcome()),
		slog.String("model", shorten(x.model)), slog.Duration("took", time.Since(begun)))
	if torn {
		panic(http.ErrAbortHandler) // cuts the connection: what was sent is not whole
	}
}

// contain keeps a defect of ours to the request that it shows in. It reports an
// answer that was begun and cannot be ended.
func (s *Server) contain(x *exchange, r *http.Request) (torn bool) {
	defer func() {
		if p := recover(); p != nil {
			err := s.defect(p)
			x.kind = err.Kind
			if torn = x.status != 0; !torn {
				x.fail(err)
			}
		}
	}()
	s.dispatch(x, r)
	return false
}

// defect logs a panic, with the stack of the goroutine that recovers from it.
func (s *Server) defect(panicked any) *conversation.Error {
	s.config.Log.Error("a defect in the proxy", "panic", panicked, "stack", string(debug.Stack()))
	return &conversation.Error{
		Kind:    conversation.Internal,
		Message: "The proxy has a defect that this request brought up.",
		Hint:    "Its log says where; please report it.",
	}
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
	id      string
	dialect dialect
	status  int
	kind    conversation.Kind // of the failure; "" for none
	left    bool              // the client went away
	unread  bool              // the request's body has not been read to its end
	model   string

	clientWait time.Duration // for the client to take a whole body
	room       int64         // that was made for its own, in bytes
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
