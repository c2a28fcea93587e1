package instance

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// raw sends a request's text and gives the answer.
func raw(t *testing.T, address, text string) (status int, answer string) {
	t.Helper()
	c, err := net.Dial("tcp", address)
	require.NoError(t, err)
	defer c.Close()
	require.NoError(t, c.SetDeadline(time.Now().Add(patience)))
	_, err = io.WriteString(c, strings.ReplaceAll(text, "\n", "\r\n"))
	require.NoError(t, err)
	response, err := http.ReadResponse(bufio.NewReader(c), nil)
	require.NoError(t, err)
	defer response.Body.Close()
	var all strings.Builder
	require.NoError(t, response.Write(&all))
	return response.StatusCode, all.String()
}

func TestOnlyTheUsersOwnProgramsAreServed(t *testing.T) {
	asked := false
	dir, _ := serving(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked = true }))
	r, err := readRecord(dir)
	require.NoError(t, err)
	host, key := "Host: "+r.Address+"\n", "Authorization: Bearer "+r.Token+"\n"
	_, number, err := net.SplitHostPort(r.Address)
	require.NoError(t, err)

	for name, c := range map[string]struct {
		request string
		want    int
	}{
		"our own":                 {"GET / HTTP/1.1\n" + host + key, 200},
		"no token":                {"GET / HTTP/1.1\n" + host, 401},
		"an empty token":          {"GET / HTTP/1.1\n" + host + "Authorization: Bearer \n", 401},
		"a wrong token":           {"GET / HTTP/1.1\n" + host + "Authorization: Bearer " + strings.Repeat("0", 64) + "\n", 401},
		"a part of the token":     {"GET / HTTP/1.1\n" + host + strings.TrimSuffix(key, key[len(key)-2:]) + "\n", 401},
		"more than the token":     {"GET / HTTP/1.1\n" + host + strings.TrimSpace(key) + "0\n", 401},
		"the token alone":         {"GET / HTTP/1.1\n" + host + "Authorization: " + r.Token + "\n", 401},
		"the token as password":   {"GET / HTTP/1.1\n" + host + "Authorization: Basic " + r.Token + "\n", 401},
		"the token in the query":  {"GET /?token=" + r.Token + " HTTP/1.1\n" + host, 401},
		"two tokens":              {"GET / HTTP/1.1\n" + host + key + "Authorization: Bearer x\n", 401},
		"a rebound name":          {"GET / HTTP/1.1\nHost: evil.example:" + number + "\n" + key, 403},
		"a name of this machine":  {"GET / HTTP/1.1\nHost: localhost:" + number + "\n" + key, 403},
		"no port":                 {"GET / HTTP/1.1\nHost: 127.0.0.1\n" + key, 403},
		"another port":            {"GET / HTTP/1.1\nHost: 127.0.0.1:1\n" + key, 403},
		"an empty host":           {"GET / HTTP/1.1\nHost:\n" + key, 403},
		"no host":                 {"GET / HTTP/1.0\n" + key, 403},
		"a proxy's request":       {"GET http://evil.example/ HTTP/1.1\n" + host + key, 403},
		"a tunnel":                {"CONNECT evil.example:80 HTTP/1.1\nHost: evil.example:80\n" + key, 403},
		"a page's script":         {"POST / HTTP/1.1\n" + host + key + "Origin: https://evil.example\nContent-Length: 0\n", 403},
		"our own origin":          {"POST / HTTP/1.1\n" + host + key + "Origin: http://" + r.Address + "\nContent-Length: 0\n", 403},
		"a file's origin":         {"GET / HTTP/1.1\n" + host + key + "Origin: null\n", 403},
		"an empty origin":         {"GET / HTTP/1.1\n" + host + key + "Origin:\n", 403},
		"an odd spelling":         {"GET / HTTP/1.1\n" + host + key + "oRIGIN: null\n", 403},
		"the address bar":         {"GET / HTTP/1.1\n" + host + key + "Sec-Fetch-Site: none\nSec-Fetch-Mode: navigate\n", 403},
		"an image of a page":      {"GET / HTTP/1.1\n" + host + "Sec-Fetch-Site: cross-site\nSec-Fetch-Mode: no-cors\n", 403},
		"a preflight":             {"OPTIONS / HTTP/1.1\n" + host + "Origin: https://evil.example\nAccess-Control-Request-Method: POST\n", 403},
		"a WebSocket":             {"GET / HTTP/1.1\n" + host + key + "Upgrade: websocket\nConnection: Upgrade\nSec-WebSocket-Version: 13\n", 403},
		"a general question":      {"OPTIONS * HTTP/1.1\n" + host, 401},
		"a path that climbs":      {"GET //../../x HTTP/1.1\n" + host, 401},
		"a body nobody will read": {"POST / HTTP/1.1\n" + host + "Content-Length: 1000000000000\n", 401},
	} {
		t.Run(name, func(t *testing.T) {
			asked = false
			status, answer := raw(t, r.Address, c.request+"\n")
			assert.Equal(t, c.want, status)
			assert.Equal(t, c.want == 200, asked)
			if c.want != 200 {
				assert.Regexp(t, fmt.Sprintf(`^HTTP/1\.[01] %d [A-Za-z]+\r\n(Connection: close\r\n|Content-Length: 0\r\n|Date: [^\r]+\r\n)+\r\n$`, status), answer,
					"nothing is told")
				assert.Contains(t, answer, "Connection: close", "nor may more be tried on this connection")
			}
		})
	}
}

func TestTooLongHeadersAreRefused(t *testing.T) {
	dir, _ := serving(t, echo)
	r, err := readRecord(dir)
	require.NoError(t, err)
	status, _ := raw(t, r.Address, "GET / HTTP/1.1\nX: "+strings.Repeat("x", maxHeader+8<<10))
	assert.Equal(t, http.StatusRequestHeaderFieldsTooLarge, status)
}

func TestTooLargeABodyIsToldToTheHandler(t *testing.T) {
	dir, _ := serving(t, echo)
	c := find(t, dir)
	assert.NoError(t, c.Do(t.Context(), "POST", "/", strings.Repeat("x", maxBody-2), nil))
	err := c.Do(t.Context(), "POST", "/", strings.Repeat("x", maxBody-1), nil)
	var no *AnswerError
	require.ErrorAs(t, err, &no)
	assert.Equal(t, AnswerError{Status: 413, Message: "too much"}, *no)
}

func TestTheServerIsOnLoopbackOnly(t *testing.T) {
	dir, _ := serving(t, echo)
	assert.Regexp(t, `^127\.0\.0\.1:[0-9]+$`, find(t, dir).Info.Address)
}

func TestEveryAppHasATokenOfItsOwn(t *testing.T) {
	seen := map[string]bool{}
	for range 100 {
		token := newToken()
		assert.Regexp(t, `^[0-9a-f]{64}$`, token)
		assert.False(t, seen[token])
		seen[token] = true
	}
}

func TestNothingThatCanBePrintedHasTheToken(t *testing.T) {
	dir, i := serving(t, echo)
	r, err := readRecord(dir)
	require.NoError(t, err)
	_, running := Acquire(dir)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	c := find(t, dir)
	asking := c.Do(ctx, "GET", "/", nil, nil)
	require.ErrorIs(t, asking, context.Canceled)
	require.NoError(t, i.Close(t.Context())) // printing a server at work is a race
	for _, value := range []any{i, *c, c, running, asking, i.server, i.server.Handler} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
			assert.NotContains(t, fmt.Sprintf(verb, value), r.Token)
		}
	}
}
