//go:build unix

package attacker

import (
	"embed"
	"encoding/json"
	"html/template"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

//go:embed page
var files embed.FS

var pageTemplate = template.Must(template.ParseFS(files, "page/page.html"))

// target is where a page aims.
type target struct {
	Proxy     string `json:"proxy"`   // base URLs
	Control   string `json:"control"` //
	Port      int    `json:"port"`    // the proxy's
	Key       string `json:"key"`
	Token     string `json:"token"`     // the app's server's
	Server    string `json:"server"`    // the page's own
	Elsewhere string `json:"elsewhere"` // the same by a third origin
}

// sight is what a page saw of an attempt.
type sight struct{ Page, Attempt, Saw, Failed string }

// attacker is the server of all pages, under whatever name it is asked by.
type attacker struct {
	url     string // by its address
	port    int
	targets map[string]func() (target, []string) // by page
	saw     chan sight                           // each is taken before the page goes on
	taken   chan struct{}
}

func newAttacker(t *testing.T) *attacker {
	a := &attacker{targets: map[string]func() (target, []string){}, saw: make(chan sight), taken: make(chan struct{})}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /page/{name}", a.page)
	mux.Handle("GET /attempts.js", file("page/attempts.js"))
	mux.Handle("GET /worker.js", file("page/worker.js"))
	mux.HandleFunc("GET /target/{name}", func(w http.ResponseWriter, r *http.Request) {
		target, names := a.targets[r.PathValue("name")]()
		assert.NoError(t, json.NewEncoder(w).Encode(map[string]any{"target": target, "names": names}))
	})
	mux.HandleFunc("POST /saw", func(_ http.ResponseWriter, r *http.Request) {
		var s sight
		if !assert.NoError(t, json.NewDecoder(r.Body).Decode(&s)) {
			return
		}
		select {
		case a.saw <- s:
		case <-r.Context().Done():
			return
		}
		select {
		case <-a.taken:
		case <-r.Context().Done():
		}
	})
	mux.HandleFunc("/redirect/{status}", func(w http.ResponseWriter, r *http.Request) {
		status, _ := strconv.Atoi(r.PathValue("status"))
		w.Header().Set("Location", r.URL.RawQuery)
		w.WriteHeader(status)
	})
	// Its policy forbids a picture of its own, and has that reported.
	mux.HandleFunc("GET /violates", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", "img-src 'none'; report-uri "+r.URL.RawQuery)
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte(`<img src="/picture">`))
	})
	mux.HandleFunc("/", http.NotFound)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", "*") // its own pages are at home everywhere
		w.Header().Set("Cache-Control", "no-store")
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	a.url = server.URL
	u, _ := url.Parse(server.URL)
	a.port, _ = strconv.Atoi(u.Port())
	return a
}

// at is the server by another name.
func (a *attacker) at(name string) string { return "http://" + name + ":" + strconv.Itoa(a.port) }

func (a *attacker) page(w http.ResponseWriter, r *http.Request) { a.render(w, r.PathValue("name")) }

// render writes the page of that name, wherever it is shown.
func (a *attacker) render(w http.ResponseWriter, name string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_ = pageTemplate.Execute(w, map[string]string{"Name": name, "Server": a.url}) // the browser has gone
}

func (a *attacker) html(name string) string {
	var b strings.Builder
	_ = pageTemplate.Execute(&b, map[string]string{"Name": name, "Server": a.url}) // a builder never fails
	return b.String()
}

// file serves one of the page's files. A service worker may stand for the whole
// server.
func file(name string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/javascript")
		text, _ := files.ReadFile(name) // embedded
		_, _ = w.Write(text)
	})
}
