package instance

import (
	"bufio"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzOnlyTheTokensOwnerGetsThrough: whatever is sent, it reaches the app only with
// the token, at the address, and from no browser.
func FuzzOnlyTheTokensOwnerGetsThrough(f *testing.F) {
	const address, token = "127.0.0.1:4711", "0123456789abcdef"
	const host, key = "Host: " + address + "\r\n", "Authorization: Bearer " + token + "\r\n"
	for _, seed := range []string{
		"GET /state HTTP/1.1\r\n" + host + key + "\r\n",
		"POST /do/quit HTTP/1.1\r\n" + host + key + "Content-Length: 0\r\n\r\n",
		"GET / HTTP/1.1\r\n" + host + key + key + "\r\n",
		"GET / HTTP/1.1\r\n" + host + key + "Origin: null\r\n\r\n",
		"GET / HTTP/1.1\r\n" + host + key + "sec-Fetch-Site: none\r\n\r\n",
		"GET http://127.0.0.1:4711/ HTTP/1.1\r\nHost: evil.test\r\n" + key + "\r\n",
		"GET / HTTP/1.0\r\n" + key + "\r\n",
		"GET / HTTP/1.1\r\nHost: localhost:4711\r\n" + key + "\r\n",
		"GET / HTTP/1.1\r\n" + host + "Authorization: bearer " + token + "\r\n\r\n",
		"GET / HTTP/1.1\r\n" + host + "Authorization:  Bearer " + token + " \r\n\r\n",
		"CONNECT " + address + " HTTP/1.1\r\n" + host + key + "\r\n",
		"OPTIONS * HTTP/1.1\r\n" + host + key + "\r\n",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(text)))
		if err != nil {
			return
		}
		through := false
		w := httptest.NewRecorder()
		newGuard(address, token, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { through = true })).ServeHTTP(w, r)
		browser := false
		for name := range r.Header {
			browser = browser || strings.EqualFold(name, "Origin") || strings.HasPrefix(strings.ToLower(name), "sec-")
		}
		keys := r.Header.Values("Authorization")
		may := r.Host == address && !browser && len(keys) == 1 && keys[0] == "Bearer "+token
		require.Equal(t, may, through)
		if !through {
			require.Contains(t, []int{http.StatusForbidden, http.StatusUnauthorized}, w.Code)
			require.Zero(t, w.Body.Len(), "nothing is told")
			require.Equal(t, "close", w.Header().Get("Connection"))
		}
	})
}
