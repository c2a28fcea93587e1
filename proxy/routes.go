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
	"claude-max-api-proxy/proxy/wire"
)

// route is what a path leads to; its key in the map is the method.
type route map[string]http.HandlerFunc

// routed is a path without what clients may write in several ways. They have the base URL
// with and without /v1 in their settings, so both are the same.
func routed(path string) string {
	path = strings.Trim(path, "/")
	if rest, ok := strings.CutPrefix(path, "v1/"); ok {
		path = rest
	}
	return path
}

// route finds the handlers of a path, as [routed] gives it.
func (s *Server) route(path string) route {
	switch {
	case path == "chat/completions":
		return route{http.MethodPost: s.keyed(s.ask(chatQuestion))}
	case path == "responses":
		return route{http.MethodPost: s.keyed(s.ask(s.responsesQuestion))}
	case path == "messages":
		return route{http.MethodPost: s.keyed(s.ask(messagesQuestion))}
	case path == "messages/count_tokens":
		return route{http.MethodPost: s.keyed(s.countTokens)}
	case path == "completions":
		return route{http.MethodPost: s.keyed(s.ask(completionsQuestion))}
	case path == "models":
		return route{http.MethodGet: s.keyed(s.models)}
	case path == "health":
		return route{http.MethodGet: s.health} // looks at the key itself
	}
	if _, ok := strings.CutPrefix(path, "models/"); ok {
		return route{http.MethodGet: s.keyed(s.model)}
	}
	if rest, ok := strings.CutPrefix(path, "responses/"); ok {
		return s.rememberedRoute(rest)
	}
	return nil
}

// elsewhere says of well-known paths why they are not here.
var elsewhere = map[string]string{
	"embeddings":  "Claude models make no embeddings. Set another provider for them in the client, or switch them off.",
	"audio":       "Claude models neither hear nor speak. Set another provider for audio in the client.",
	"images":      "Claude models make no pictures; they look at them in chat completions and responses. Set another provider for images in the client.",
	"videos":      "Claude models make no videos.",
	"moderations": "There is no moderation model here. Set another provider for it in the client, or switch it off.",
	"files":       "There is no store of files here. Send files within the request, as base64.",
	"uploads":     "There is no store of files here. Send files within the request, as base64.",
	"batches":     "There are no batches here. Send the requests one by one.",
	"assistants":  "There are no assistants here; OpenAI itself has given them up. Use responses or chat completions.",
	"threads":     "There are no threads here; OpenAI itself has given them up. Use responses with previous_response_id.",

	"conversations":          "No conversations are stored here. Use responses with previous_response_id, or send the whole conversation.",
	"responses/compact":      "Conversations are not made shorter here. Send a shorter one, or ask for a summary.",
	"responses/input_tokens": "Tokens of a response are not counted here; POST /v1/messages/count_tokens guesses those of a message.",
	"messages/batches":       "There are no message batches here: nothing is kept to be answered later. Send each request to POST /v1/messages.",
	"vector_stores":          "There are no vector stores here.",
	"fine_tuning":            "Models cannot be tuned here.",
	"realtime":               "There is no realtime API here. Use responses with stream.",
}

// nowhere is what to say of a path that leads to nothing.
func nowhere(path, routed string) string {
	for part, more := routed, true; more; {
		if why, ok := elsewhere[part]; ok {
			return fmt.Sprintf("There is no %s here. %s", shorten(path), why)
		}
		i := strings.LastIndexByte(part, '/')
		part, more = part[:max(i, 0)], i >= 0
	}
	return fmt.Sprintf("There is no %s here. The proxy has POST /v1/chat/completions, POST /v1/responses, POST /v1/messages, POST /v1/completions, GET /v1/models and GET /health; the base URL for OpenAI's clients ends in /v1.",
		shorten(path))
}

// keyed asks for the API key, where one is set.
func (s *Server) keyed(handler http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !s.guard.admits(r) {
			w.Header().Set("WWW-Authenticate", "Bearer")
			w.(*exchange).refuse(http.StatusUnauthorized,
				"This proxy was given an API key of its own, and the request does not carry it. Send it as \"Authorization: Bearer KEY\" or \"X-Api-Key: KEY\"; it is the one from --api-key or the settings file, not one of Anthropic's or OpenAI's.")
			return
		}
		handler(w, r)
	}
}

// ServeHTTP lets a request through the guards to its route.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	begun := time.Now()
	id := wire.NewID("req_")
	x := &exchange{ResponseWriter: w, clientWait: s.config.ClientWait, id: id, dialect: dialectOf(r)}
	h := w.Header()
	h.Set("X-Request-Id", id)
	if x.dialect == (anthropicDialect{}) {
		h.Set("Request-Id", id)
	}
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")

	if r.ContentLength != 0 {
		// Also before a refusal net/http reads a small body, for as long as it takes.
		x.unread = true
		x.readWithin(drainTime)
	}
	defer s.giveBack(x)
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
	path := routed(r.URL.Path)
	handlers := s.route(path)
	if handlers == nil {
		w.refuse(http.StatusNotFound, nowhere(r.URL.Path, path))
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
	room       int64         // that its own takes, in bytes
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

// clients are what only the client has to do with.
var clients = map[conversation.Kind]bool{
	conversation.InvalidRequest: true, conversation.ModelNotFound: true, conversation.Cancelled: true,
	conversation.ResponseNotFound: true, conversation.PreviousNotFound: true,
}

func (x *exchange) level() slog.Level {
	switch {
	case x.kind != "" && !clients[x.kind]:
		return slog.LevelWarn
	case x.status == http.StatusOK && x.model == "":
		return slog.LevelDebug // lists and health checks
	}
	return slog.LevelInfo
}
