package proxy

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// guard decides who may talk to us at all. A local port is open to every program
// of this machine and, through the browser, to every web page that the user
// visits; pages are kept out by the two things that they cannot choose:
//
//   - Host: a page that has its own name resolve to 127.0.0.1 (DNS rebinding)
//     still sends that name;
//   - Origin and Sec-Fetch-Site: the browser says where the page came from.
type guard struct {
	origins []string
	hosts   []string
	anyHost bool
	key     *[sha256.Size]byte // of the API key; nil for none
}

func newGuard(c Config) (guard, error) {
	g := guard{anyHost: c.AnyHost}
	for _, o := range c.AllowedOrigins {
		u, err := url.Parse(o)
		if err != nil || u.Scheme == "" || u.Host == "" || !strings.EqualFold(o, u.Scheme+"://"+u.Host) {
			return g, fmt.Errorf("allowed origin %q is not of the form http://host:port", o)
		}
		g.origins = append(g.origins, strings.ToLower(o))
	}
	for _, h := range c.AllowedHosts {
		if h == "" || strings.ContainsAny(h, ":/ ") {
			return g, fmt.Errorf("allowed host %q is not a host's name without a port", h)
		}
		g.hosts = append(g.hosts, strings.ToLower(h))
	}
	if c.AnyHost && c.APIKey == "" {
		return g, errors.New("an API key is required where every host's name is accepted")
	}
	if c.APIKey != "" {
		sum := sha256.Sum256([]byte(c.APIKey))
		g.key = &sum
	}
	return g, nil
}

// refusal says why a request is not served; the zero value lets it through.
type refusal struct {
	status  int
	message string
}

// check looks at what a browser sets and a page cannot.
func (g guard) check(r *http.Request) refusal {
	if !g.anyHost && !g.knownHost(r.Host) {
		return refusal{http.StatusForbidden, fmt.Sprintf(
			"This proxy answers to localhost only, and the request was for the host %q. Use http://localhost in the base URL, or allow the name with --allow-host.",
			shorten(r.Host))}
	}
	origins := r.Header.Values("Origin")
	switch {
	case len(origins) == 1 && g.knownOrigin(origins[0], r.Host):
		return refusal{}
	case len(origins) > 0:
		return refusal{http.StatusForbidden, fmt.Sprintf(
			"Web pages may not use this proxy, and the request came from the origin %q. If that is a tool of yours, allow it with --allow-origin.",
			shorten(origins[0]))}
	}
	for _, site := range r.Header.Values("Sec-Fetch-Site") {
		if site != "same-origin" && site != "none" {
			return refusal{http.StatusForbidden, "Web pages may not use this proxy, and the browser says that another site asked for this."}
		}
	}
	return refusal{}
}

// knownHost accepts the loopback interface by name and address, and what the
// user allowed. What is no plain host with an optional port, as
// "localhost:1@evil", is nobody's.
func (g guard) knownHost(hostport string) bool {
	u, err := url.Parse("http://" + hostport)
	if err != nil || u.Host != hostport {
		return false
	}
	host := strings.ToLower(u.Hostname())
	if host == "localhost" || slices.Contains(g.hosts, host) {
		return true
	}
	// Not so [::ffff:127.0.0.1], which leads here as well: browsers do not count it
	// as this machine, and then say nothing of where a plain GET comes from.
	address, err := netip.ParseAddr(host)
	return err == nil && address.IsLoopback() && !address.Is4In6()
}

// knownOrigin accepts our own pages and the allowed ones.
func (g guard) knownOrigin(origin, host string) bool {
	origin = strings.ToLower(origin)
	return origin == "http://"+strings.ToLower(host) || slices.Contains(g.origins, origin)
}

// admits says whether the request brings the API key, as an OpenAI client or as
// an Anthropic one sends it. The comparison takes the same time for every key.
func (g guard) admits(r *http.Request) bool {
	if g.key == nil {
		return true
	}
	key := r.Header.Get("X-Api-Key")
	if scheme, rest, ok := strings.Cut(r.Header.Get("Authorization"), " "); ok && strings.EqualFold(scheme, "Bearer") {
		key = strings.TrimSpace(rest)
	}
	sum := sha256.Sum256([]byte(key))
	return subtle.ConstantTimeCompare(sum[:], g.key[:]) == 1
}

// allowOrigin answers a permitted page in CORS' terms.
func (g guard) allowOrigin(w http.ResponseWriter, r *http.Request) {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return
	}
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", origin)
	h.Add("Vary", "Origin")
	h.Set("Access-Control-Expose-Headers", IgnoredHeader+", "+ReplayHeader+", "+TokenCountHeader+", Request-Id, Retry-After, X-Request-Id, X-Should-Retry")
	if r.Method == http.MethodOptions {
		h.Set("Access-Control-Allow-Methods", "GET, POST, DELETE")
		h.Set("Access-Control-Allow-Headers", "*, Authorization")
		h.Set("Access-Control-Max-Age", "600")
		// Chromium asks before a public page may reach a private address.
		if r.Header.Get("Access-Control-Request-Private-Network") == "true" {
			h.Set("Access-Control-Allow-Private-Network", "true")
		}
	}
}

// shorten bounds a foreign text that goes into a message.
func shorten(s string) string {
	if len(s) > 100 {
		return strings.ToValidUTF8(s[:100], "") + "…"
	}
	return s
}
