package proxy

import (
	"fmt"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// asking is a server with a backend that tells whether anything got through.
func asking(t testing.TB, c Config) (*server, *backend) {
	b := &backend{}
	c.Backend = b
	return serve(t, c), b
}

func TestOnlyTheLoopbackInterfaceIsAHost(t *testing.T) {
	s, b := asking(t, Config{AllowedHosts: []string{"Host.Docker.Internal"}})
	for host, status := range map[string]int{
		"localhost": 200, "LocalHost": 200, "localhost:1": 200, "localhost:": 200,
		"127.0.0.1": 200, "127.0.0.1:3456": 200, "127.8.9.1": 200,
		"[::1]": 200, "[::1]:3456": 200, "[0:0:0:0:0:0:0:1]": 200,
		"host.docker.internal": 200, "HOST.docker.internal:3456": 200,

		"evil.com": 403, "evil.com:3456": 403, "localhost.evil.com": 403, "127.0.0.1.nip.io": 403,
		"evil-localhost": 403, "localhost.": 403, "localhost.localdomain": 403, "127.0.0.1.": 403,
		"0.0.0.0": 403, "[::]": 403, "192.168.1.4": 403, "169.254.169.254": 403, "[fe80::1]": 403,
		"2130706433": 403, "0x7f.1": 403, "127.1": 403, "0177.0.0.1": 403,
		"localhost:evil.com": 403, "localhost:80:80": 403, "::1": 403, "[localhost]": 403, "[127.0.0.1]": 403,
		"[::ffff:127.0.0.1]": 403, "[::ffff:7f00:1]:3456": 403, "[0:0:0:0:0:ffff:7f00:1]": 403,
		"xlocalhost": 403, "host.docker.internal.evil.com": 403,

		"localhost@evil.com": 400, "localhost:1234@evil": 400, "localhost/evil": 400, "local\thost": 400,
	} {
		request := "POST /v1/chat/completions HTTP/1.1\r\nHost: %s\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s"
		before := b.asked.Load()
		answer := s.raw(t, fmt.Sprintf(request, host, len(blocking), blocking))
		require.Equal(t, []int{status}, readAnswers(t, answer), host)
		assert.Equal(t, status == 200, b.asked.Load() > before, host)
		assert.Equal(t, status == 403, strings.Contains(answer, `"code":"forbidden"`), host)
	}
}

func TestTheHostOfARequestIsUnambiguous(t *testing.T) {
	s, _ := asking(t, Config{})
	const end = "Connection: close\r\n\r\n"
	for request, status := range map[string]int{
		"GET /health HTTP/1.1\r\nHost: localhost\r\n":                               200,
		"GET http://localhost/health HTTP/1.1\r\nHost: localhost\r\n":               200,
		"GET /health HTTP/1.0\r\n":                                                  403,
		"GET /health HTTP/1.1\r\nHost:\r\n":                                         403,
		"GET http://evil.com/health HTTP/1.1\r\nHost: localhost\r\n":                403,
		"GET //evil.com/health HTTP/1.1\r\nHost: localhost\r\n":                     404,
		"GET /health HTTP/1.1\r\n":                                                  400,
		"GET /health HTTP/1.1\r\nHost: localhost\r\nHost: evil.com\r\n":             400,
		"GET /health HTTP/1.1\r\nHost: evil.com\r\nHost: localhost\r\n":             400,
		"GET /health HTTP/1.1\r\nHost: evil.com\r\nX-Forwarded-Host: localhost\r\n": 403,
		"GET /health HTTP/1.1\r\nHost: evil.com\r\nForwarded: host=localhost\r\n":   403,
		"OPTIONS * HTTP/1.1\r\nHost: evil.com\r\n":                                  403,
		"CONNECT evil.com:443 HTTP/1.1\r\nHost: localhost\r\n":                      403,
	} {
		assert.Equal(t, []int{status}, readAnswers(t, s.raw(t, request+end))[:1], request)
	}
}

func TestWebPagesAreKeptOut(t *testing.T) {
	s, b := asking(t, Config{AllowedOrigins: []string{"http://localhost:8080", "app://obsidian.md"}})
	own := fmt.Sprintf("http://localhost:%d", s.port)
	for _, test := range []struct {
		headers string
		passes  bool
	}{
		{"", true},
		{"Origin: " + own, true},
		{"Origin: http://localhost:8080", true},
		{"Origin: app://obsidian.md", true},
		{"Origin: http://localhost:8080|Sec-Fetch-Site: same-site", true},
		{"Sec-Fetch-Site: same-origin", true},
		{"Sec-Fetch-Site: none", true},

		{"Origin: https://evil.com", false},
		{"Origin: null", false},
		{"Origin:", false},
		{"Origin: *", false},
		{"Origin: file://", false},
		{"Origin: http://localhost", false},
		{"Origin: http://localhost:8081", false},
		{"Origin: https://localhost:8080", false},
		{"Origin: http://localhost:8080.evil.com", false},
		{"Origin: http://localhost:8080/", false},
		{"Origin: http://evil.com, http://localhost:8080", false},
		{fmt.Sprintf("Origin: http://127.0.0.1:%d", s.port), false},
		{fmt.Sprintf("Origin: https://localhost:%d", s.port), false},
		{fmt.Sprintf("Origin: http://localhost:%d@evil.com", s.port), false},
		{"Origin: http://localhost:8080|Origin: https://evil.com", false},
		{"Origin: https://evil.com|Origin: http://localhost:8080", false},
		{"Sec-Fetch-Site: cross-site", false},
		{"Sec-Fetch-Site: same-site", false},
		{"Sec-Fetch-Site: nonsense", false},
		{"Sec-Fetch-Site: none|Sec-Fetch-Site: cross-site", false},
		// What a form can send without asking first.
		{"Origin: https://evil.com|Content-Type: text/plain", false},
		{"Sec-Fetch-Site: cross-site|Sec-Fetch-Mode: no-cors|Content-Type: application/x-www-form-urlencoded", false},
	} {
		var headers []string
		for header := range strings.SplitSeq(test.headers, "|") {
			if name, value, ok := strings.Cut(header, ":"); ok {
				headers = append(headers, name, strings.TrimSpace(value))
			}
		}
		headers = append(headers, "Host", fmt.Sprintf("localhost:%d", s.port))
		before := b.asked.Load()
		response, body := s.chat(t, blocking, headers...)
		assert.Equal(t, test.passes, b.asked.Load() > before, test.headers)
		if test.passes {
			assert.Equal(t, http.StatusOK, response.StatusCode, test.headers)
			continue
		}
		assert.Equal(t, http.StatusForbidden, response.StatusCode, test.headers)
		assert.Equal(t, "forbidden", readError(t, body).Code)
		requireNoCORS(t, response)
	}
}

func requireNoCORS(t testing.TB, response *http.Response) {
	t.Helper()
	for name := range response.Header {
		require.False(t, strings.HasPrefix(name, "Access-Control-"), name)
	}
}

// The page's own name resolves to 127.0.0.1, so for the browser all is of one
// origin; only the name gives it away.
func TestDNSRebindingIsRefused(t *testing.T) {
	s, b := asking(t, Config{})
	host := fmt.Sprintf("rebind.evil.com:%d", s.port)
	for _, headers := range [][]string{
		{"Origin", "http://" + host, "Sec-Fetch-Site", "same-origin"},
		{"Sec-Fetch-Site", "same-origin"},
	} {
		response, body := s.chat(t, blocking, append(headers, "Host", host)...)
		assert.Equal(t, http.StatusForbidden, response.StatusCode)
		assert.Contains(t, readError(t, body).Message, host)
		requireNoCORS(t, response)
		response, _ = s.do(t, http.MethodGet, "/health", "", append(headers, "Host", host)...)
		assert.Equal(t, http.StatusForbidden, response.StatusCode)
	}
	assert.Zero(t, b.asked.Load())
}

func TestAForeignPreflightLearnsNothing(t *testing.T) {
	s, _ := asking(t, Config{AllowedOrigins: []string{"http://localhost:8080"}})
	for _, path := range []string{"/v1/chat/completions", "/v1/models", "/health", "/nowhere"} {
		response, _ := s.do(t, http.MethodOptions, path, "",
			"Origin", "https://evil.com", "Access-Control-Request-Method", "POST",
			"Access-Control-Request-Headers", "content-type,authorization", "Access-Control-Request-Private-Network", "true")
		assert.Equal(t, http.StatusForbidden, response.StatusCode)
		requireNoCORS(t, response)
		assert.Empty(t, response.Header.Get("Allow"))
	}
}

func TestAnAllowedPageIsAnsweredInCORSTerms(t *testing.T) {
	s, _ := asking(t, Config{AllowedOrigins: []string{"http://LocalHost:8080"}, APIKey: "k"})
	response, _ := s.do(t, http.MethodOptions, "/v1/chat/completions", "",
		"Origin", "http://localhost:8080", "Access-Control-Request-Method", "POST", "Access-Control-Request-Private-Network", "true")
	assert.Equal(t, http.StatusNoContent, response.StatusCode, "a preflight carries no key")
	for name, want := range map[string]string{
		"Access-Control-Allow-Origin":          "http://localhost:8080",
		"Access-Control-Allow-Methods":         "GET, POST, DELETE",
		"Access-Control-Allow-Headers":         "*, Authorization",
		"Access-Control-Allow-Private-Network": "true",
		"Access-Control-Allow-Credentials":     "",
		"Vary":                                 "Origin",
	} {
		assert.Equal(t, want, response.Header.Get(name), name)
	}

	for body, key := range map[string]string{blocking: "k", streaming: "k", `{}`: "k", ``: "wrong"} {
		response, _ := s.chat(t, body, "Origin", "http://localhost:8080", "Authorization", "Bearer "+key)
		assert.Equal(t, []string{"http://localhost:8080"}, response.Header.Values("Access-Control-Allow-Origin"),
			"also on errors: the page is to read them")
		assert.Equal(t, []string{"Origin"}, response.Header.Values("Vary"))
		assert.Contains(t, response.Header.Get("Access-Control-Expose-Headers"), "Retry-After")
	}

	response, _ = s.chat(t, blocking, "Authorization", "Bearer k")
	requireNoCORS(t, response)
}

func TestAWebSocketIsNotOpened(t *testing.T) {
	s, b := asking(t, Config{})
	upgrade := []string{
		"Connection", "Upgrade", "Upgrade", "websocket", "Sec-WebSocket-Version", "13", "Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==",
	}
	for path, status := range map[string]int{"/v1/chat/completions": 405, "/v1/realtime": 404} {
		response, _ := s.do(t, http.MethodGet, path, "", upgrade...)
		assert.Equal(t, status, response.StatusCode)
		response, _ = s.do(t, http.MethodGet, path, "", append(upgrade, "Origin", "https://evil.com")...)
		assert.Equal(t, http.StatusForbidden, response.StatusCode)
	}
	assert.Zero(t, b.asked.Load())
}

func TestAKeyIsAskedForWhereOneIsSet(t *testing.T) {
	s, b := asking(t, Config{APIKey: "sk-right", Version: "1.2.3"})
	for _, test := range []struct {
		name, value string
		passes      bool
	}{
		{"Authorization", "Bearer sk-right", true},
		{"Authorization", "bearer  sk-right", true},
		{"X-Api-Key", "sk-right", true},
		{"X-Other", "sk-right", false},
		{"Authorization", "sk-right", false},
		{"Authorization", "Basic sk-right", false},
		{"Authorization", "Bearer sk-wrong", false},
		{"Authorization", "Bearer sk-righ", false},
		{"Authorization", "Bearer sk-rightx", false},
		{"Authorization", "Bearer SK-RIGHT", false},
		{"Authorization", "Bearer", false},
		{"Authorization", "Bearer ", false},
		{"X-Api-Key", "", false},
	} {
		for _, path := range []string{"/v1/models", "/v1/models/claude-opus-4", "/models/"} {
			response, body := s.do(t, http.MethodGet, path, "", test.name, test.value)
			if test.passes {
				assert.Equal(t, http.StatusOK, response.StatusCode, "%s: %s", test.name, test.value)
				continue
			}
			assert.Equal(t, http.StatusUnauthorized, response.StatusCode, "%s: %s", test.name, test.value)
			assert.Equal(t, "Bearer", response.Header.Get("WWW-Authenticate"))
			assert.Equal(t, "invalid_api_key", readError(t, body).Code)
			assert.NotContains(t, body, "sk-", "neither the key nor the guess is said back")
		}
	}
	response, _ := s.chat(t, blocking)
	assert.Equal(t, http.StatusUnauthorized, response.StatusCode)
	assert.Zero(t, b.asked.Load())
	response, _ = s.chat(t, blocking, "X-Api-Key", "sk-right")
	assert.Equal(t, http.StatusOK, response.StatusCode)

	for _, path := range []string{"/health", "/v1/health", "/health/", "//health"} {
		response, body := s.do(t, http.MethodGet, path, "")
		assert.Equal(t, http.StatusOK, response.StatusCode, path)
		assert.JSONEq(t, `{"status":"ok","name":"claude-max-api"}`, body, "no more without the key")
		_, body = s.do(t, http.MethodGet, path, "", "X-Api-Key", "sk-right")
		assert.Contains(t, body, "1.2.3")
		assert.NotContains(t, body, "sk-")
	}
}

func TestBeyondLoopbackEveryNameButNotEveryPageIsLetIn(t *testing.T) {
	s, _ := asking(t, Config{AnyHost: true, APIKey: "k"})
	response, _ := s.chat(t, blocking, "Host", "nas.example.com:3456", "X-Api-Key", "k")
	assert.Equal(t, http.StatusOK, response.StatusCode)
	response, _ = s.chat(t, blocking, "Host", "nas.example.com", "X-Api-Key", "k", "Origin", "https://evil.com")
	assert.Equal(t, http.StatusForbidden, response.StatusCode)
}

func TestASettingThatWouldNotGuardIsRefused(t *testing.T) {
	for want, c := range map[string]Config{
		"Backend is required":             {},
		"an API key is required":          {Backend: &backend{}, AnyHost: true},
		`allowed origin "*"`:              {Backend: &backend{}, AllowedOrigins: []string{"*"}},
		`allowed origin "null"`:           {Backend: &backend{}, AllowedOrigins: []string{"null"}},
		`allowed origin "localhost:8080"`: {Backend: &backend{}, AllowedOrigins: []string{"localhost:8080"}},
		`allowed origin "http://a/"`:      {Backend: &backend{}, AllowedOrigins: []string{"http://a/"}},
		`allowed origin "http://a#"`:      {Backend: &backend{}, AllowedOrigins: []string{"http://a#"}},
		`allowed origin "http://b@a"`:     {Backend: &backend{}, AllowedOrigins: []string{"http://b@a"}},
		`allowed origin "http://a?b"`:     {Backend: &backend{}, AllowedOrigins: []string{"http://a?b"}},
		`allowed host ""`:                 {Backend: &backend{}, AllowedHosts: []string{""}},
		`allowed host "a:80"`:             {Backend: &backend{}, AllowedHosts: []string{"a:80"}},
		`allowed host "http://a"`:         {Backend: &backend{}, AllowedHosts: []string{"http://a"}},
	} {
		_, err := New(c)
		assert.ErrorContains(t, err, want)
	}
}

var (
	portPart   = regexp.MustCompile(`:[0-9]*$`)
	loopbackV4 = regexp.MustCompile(`^127(\.(0|[1-9][0-9]{0,2})){3}$`)
)

// isOurs says independently of guard what may pass as a Host.
func isOurs(host string) bool {
	if strings.ToLower(host) == "localhost" || loopbackV4.MatchString(host) {
		return true
	}
	if inside, ok := strings.CutPrefix(host, "["); ok {
		inside, ok = strings.CutSuffix(inside, "]")
		ip := net.ParseIP(inside)
		return ok && ip.Equal(net.IPv6loopback)
	}
	return false
}

func FuzzNothingForeignPassesTheGuard(f *testing.F) {
	for _, seed := range [][3]string{
		{"localhost:3456", "", ""},
		{"127.0.0.1", "http://127.0.0.1", "same-origin"},
		{"[::1]:1", "http://[::1]:1", ""},
		{"[::ffff:127.0.0.1]", "", "none"},
		{"localhost", "http://page.test:8080", "cross-site"},
		{"localhost:1@evil", "http://localhost:1@evil", ""},
		{"localhost\x00.evil", "null", "cross-site"},
		{"[::1%25lo]", "", ""},
		{"[::1]evil", "http://LOCALHOST", ""},
	} {
		f.Add(seed[0], seed[1], seed[2])
	}
	g, err := newGuard(Config{AllowedOrigins: []string{"http://page.test:8080"}})
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, host, origin, site string) {
		r := &http.Request{Host: host, Header: http.Header{}}
		if origin != "" {
			r.Header.Set("Origin", origin)
		}
		if site != "" {
			r.Header.Set("Sec-Fetch-Site", site)
		}
		no := g.check(r)
		ourHost := isOurs(host) || isOurs(portPart.ReplaceAllString(host, ""))
		ourPage := origin == "" || strings.EqualFold(origin, "http://"+host) || strings.EqualFold(origin, "http://page.test:8080")
		browserAgrees := origin != "" || site == "" || site == "same-origin" || site == "none"
		if passed := no.status == 0; passed && !(ourHost && ourPage && browserAgrees) {
			t.Errorf("passed: host %q, origin %q, site %q", host, origin, site)
		} else if !passed {
			require.Equal(t, http.StatusForbidden, no.status)
			require.Less(t, len(no.message), 600)
		}
	})
}
