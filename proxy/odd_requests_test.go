package proxy

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What no client sends is refused, or taken for exactly one request; and whatever it
// was, the next connection is served.
func TestOddRequestsAreRefusedOrServedOnce(t *testing.T) {
	s, b := asking(t, Config{})
	length := fmt.Sprintf("Connection: close\r\nContent-Length: %d\r\n", len(blocking))
	whole := length + "\r\n" + blocking
	chunks := fmt.Sprintf("%x\r\n%s\r\n0\r\n", len(blocking), blocking)
	const chunked = chatHead + "Connection: close\r\nTransfer-Encoding: chunked\r\n"
	at := func(target string) string {
		return "POST " + target + " HTTP/1.1\r\nHost: localhost\r\n" + whole
	}
	for name, test := range map[string]struct {
		request  string
		statuses []int
		asked    int64
	}{
		// Lines.
		"a folded header":         {chatHead + "X: a\r\n b\r\n" + whole, []int{200}, 1},
		"bare line feeds":         {strings.ReplaceAll(chatHead+length+"\r\n", "\r\n", "\n") + blocking, []int{200}, 1},
		"an underscore's length":  {chatHead + "Content_Length: 5\r\n" + whole, []int{200}, 1},
		"empty lines before":      {"\r\n\r\n" + chatHead + whole, []int{400}, 0},
		"a NUL in the path":       {at("/v1/chat/completions\x00"), []int{400}, 0},
		"an encoded NUL":          {at("/v1/chat/completions%00"), []int{404}, 0},
		"a NUL in the method":     {strings.Replace(chatHead, "PO", "P\x00", 1) + whole, []int{400}, 0},
		"a method in small":       {strings.Replace(chatHead, "POST", "post", 1) + whole, []int{405}, 0},
		"another method inside":   {strings.Replace(chatHead, "POST", "GET", 1) + "X-HTTP-Method-Override: POST\r\n" + whole, []int{405}, 0},
		"a TLS handshake":         {"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + strings.Repeat("a", 100) + "\r\n\r\n", []int{400}, 0},
		"HTTP/0.9":                {"GET /health\r\n\r\n", []int{400}, 0},
		"HTTP/9.9":                {strings.Replace(chatHead, "1.1", "9.9", 1) + whole, []int{505}, 0},
		"a long URL":              {at("/v1/chat/completions?" + strings.Repeat("x", 100<<10)), []int{431}, 0},
		"a URL within the limit":  {at("/" + strings.Repeat("x", 60<<10)), []int{404}, 0},
		"twenty thousand headers": {chatHead + strings.Repeat("X: y\r\n", 20000) + whole, []int{431}, 0},
		"five thousand headers":   {chatHead + strings.Repeat("X: y\r\n", 5000) + whole, []int{200}, 1},

		// Targets.
		"another host's URL":  {at("http://evil.com/v1/chat/completions"), []int{403}, 0},
		"a URL with a login":  {at("http://localhost@evil.com/v1/chat/completions"), []int{403}, 0},
		"our own URL":         {at("http://localhost/v1/chat/completions"), []int{200}, 1},
		"no path":             {at("mailto:me"), []int{404}, 0},
		"a path that climbs":  {at("/x/../v1/chat/completions"), []int{404}, 0},
		"a tunnel through us": {"CONNECT localhost:443 HTTP/1.1\r\nHost: localhost:443\r\nConnection: close\r\n\r\n", []int{404}, 0},

		// Other protocols.
		"HTTP/2 from the start": {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00", []int{403}, 0},
		"an upgrade to HTTP/2":  {chatHead + "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n" + whole, []int{200}, 1},

		// Bodies.
		"asks before it sends":       {chatHead + "Expect: 100-continue\r\n" + whole, []int{100, 200}, 1},
		"expects something else":     {chatHead + "Expect: magic\r\n" + whole, []int{417}, 0},
		"the same length twice":      {chatHead + fmt.Sprintf("Content-Length: %d\r\n", len(blocking)) + whole, []int{200}, 1},
		"a length beyond numbers":    {chatHead + "Content-Length: 9223372036854775808\r\n\r\n" + blocking, []int{400}, 0},
		"identity":                   {chatHead + "Transfer-Encoding: identity\r\n" + whole, []int{501}, 0},
		"chunked in HTTP/1.0":        {"POST /v1/chat/completions HTTP/1.0\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + "\r\n", []int{400}, 0},
		"chunked and a comma":        {chatHead + "Transfer-Encoding: chunked,\r\n\r\n" + chunks + "\r\n", []int{501}, 0},
		"chunked behind an odd tab":  {chatHead + "Transfer-Encoding: \x0bchunked\r\n\r\n" + chunks + "\r\n", []int{400}, 0},
		"chunked in capitals":        {chatHead + "Connection: close\r\nTransfer-Encoding: CHUNKED\r\n\r\n" + chunks + "\r\n", []int{200}, 1},
		"a negative chunk":           {chunked + "\r\n-1\r\n" + blocking, []int{400}, 0},
		"a chunk in C's hex":         {chunked + "\r\n0x" + chunks + "\r\n", []int{400}, 0},
		"a chunk's bare line feed":   {chunked + "\r\n" + strings.Replace(chunks, "\r\n", "\n", 1) + "\r\n", []int{400}, 0},
		"a chunk's long extension":   {chunked + "\r\n" + strings.Replace(chunks, "\r\n", ";"+strings.Repeat("x", 8000)+"\r\n", 1) + "\r\n", []int{400}, 0},
		"more extensions than bytes": {chunked + "\r\n" + strings.Repeat("1;"+strings.Repeat("x", 100)+"\r\n \r\n", 1000) + chunks + "\r\n", []int{400}, 0},
		"a host among the trailers":  {chunked + "Trailer: X\r\n\r\n" + chunks + "Host: evil.com\r\nOrigin: https://evil.com\r\nX: y\r\n\r\n", []int{200}, 1},
		"a host as a trailer":        {chunked + "Trailer: Host\r\n\r\n" + chunks + "Host: evil.com\r\n\r\n", []int{200}, 1},
		"a trailer that is none":     {chunked + "\r\n" + chunks + "nonsense\r\n\r\n", []int{400}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			before := b.asked.Load()
			statuses := readAnswers(t, s.raw(t, test.request))
			assert.Equal(t, test.statuses, statuses)
			assert.Equal(t, test.asked, b.asked.Load()-before, "requests that got through")
			response, _ := s.chat(t, blocking)
			assert.Equal(t, http.StatusOK, response.StatusCode, "the next connection")
		})
	}
}

// A body where none belongs is not the next request.
func TestTheBodyOfAGetIsNoRequest(t *testing.T) {
	s, b := asking(t, Config{})
	inside := fmt.Sprintf(chatHead+"Content-Length: %d\r\n\r\n%s", len(blocking), blocking)
	answer := s.raw(t, fmt.Sprintf("GET /health HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s", len(inside), inside)+
		"GET /v1/models HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
	assert.Equal(t, []int{200, 200}, readAnswers(t, answer))
	assert.Zero(t, b.asked.Load())
}

// Nobody keeps a connection by saying a little now and then.
func TestAConnectionThatOnlyTricklesEnds(t *testing.T) {
	for name, test := range map[string]struct {
		start, drop string
		within      time.Duration
		status      int // 0: no answer, as net/http has it for headers
	}{
		"headers":         {chatHead, "X: y\r\n", 10 * time.Second, 0},
		"a request line":  {"POST /v1/chat", "x", 10 * time.Second, 0},
		"nothing at all":  {"", "", 10 * time.Second, 0},
		"a body":          {chatHead + "Content-Length: 1000000\r\n\r\n", "x", 2 * time.Minute, 408},
		"an endless body": {chatHead + "Transfer-Encoding: chunked\r\n\r\n", "1\r\nx\r\n", 2 * time.Minute, 408},
		"a huge chunk":    {chatHead + "Transfer-Encoding: chunked\r\n\r\n7fffffffffffffff\r\n", "x", 2 * time.Minute, 408},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := &backend{}
				s := servePipe(t, Config{Backend: b})
				conn, err := s.client.Transport.(*http.Transport).DialContext(t.Context(), "tcp", "")
				require.NoError(t, err)
				defer conn.Close()
				begun := time.Now()
				var trickle sync.WaitGroup
				trickle.Go(func() {
					_, err := io.WriteString(conn, test.start)
					for ; err == nil && test.drop != ""; time.Sleep(time.Second) {
						_, err = io.WriteString(conn, test.drop)
					}
				})
				answer, _ := io.ReadAll(conn)
				conn.Close()
				trickle.Wait()
				assert.Less(t, time.Since(begun), test.within+10*time.Second)
				statuses := readAnswers(t, string(answer))
				if test.status == 0 {
					assert.NotContains(t, statuses, 200)
				} else {
					assert.Equal(t, []int{test.status}, statuses)
				}
				assert.Zero(t, b.asked.Load())
				response, _ := s.chat(t, blocking)
				assert.Equal(t, http.StatusOK, response.StatusCode, "somebody else is served")
				require.NoError(t, s.stop())
			})
		})
	}
}

// Two hundred connections that say nothing keep nobody out.
func TestSilentConnectionsKeepNobodyOut(t *testing.T) {
	s, _ := asking(t, Config{})
	for range 200 {
		conn := s.connect(t)
		defer conn.Close()
		_, err := io.WriteString(conn, "POST /v1/chat")
		require.NoError(t, err)
	}
	response, _ := s.chat(t, blocking)
	assert.Equal(t, http.StatusOK, response.StatusCode)
}

func TestARequestHasOnlySoManyTools(t *testing.T) {
	s, b := asking(t, Config{})
	list := func(element string) string {
		var out strings.Builder
		for i := range 10_001 {
			fmt.Fprintf(&out, ","+element, i)
		}
		return "[" + out.String()[1:] + "]"
	}
	const head, hi = `{"model":"opus","max_tokens":9,`, `"messages":[{"role":"user","content":"Hi"}]`
	functions := list(`{"type":"function","name":"f%d"}`)
	half := strings.Split(strings.Trim(functions, "[]"), ",{")
	first, second := strings.Join(half[:5_000], ",{"), "{"+strings.Join(half[5_000:], ",{")
	for name, test := range map[string]struct{ path, body, param string }{
		"chat completions":                    {"/chat/completions", head + hi + `,"tools":` + list(`{"type":"function","function":{"name":"f%d"}}`) + "}", "tools"},
		"chat completions, with functions":    {"/chat/completions", head + hi + `,"functions":` + list(`{"name":"f%d"}`) + "}", "functions"},
		"messages":                            {"/messages", head + hi + `,"tools":` + list(`{"name":"f%d","input_schema":{}}`) + "}", "tools"},
		"messages, counted":                   {"/messages/count_tokens", head + hi + `,"tools":` + list(`{"name":"f%d","input_schema":{}}`) + "}", "tools"},
		"responses":                           {"/responses", `{"model":"opus","input":"Hi","tools":` + functions + "}", "tools"},
		"responses, in a namespace":           {"/responses", `{"model":"opus","input":"Hi","tools":[{"type":"namespace","name":"n","tools":` + functions + "}]}", "tools"},
		"responses, here and there":           {"/responses", `{"model":"opus","input":[{"role":"user","content":"Hi"},{"type":"additional_tools","tools":[` + first + `]}],"tools":[` + second + "]}", "tools"},
		"responses, in the midst, bit by bit": {"/responses", `{"model":"opus","input":[{"role":"user","content":"Hi"},{"type":"additional_tools","tools":[` + first + `]},{"type":"additional_tools","tools":[` + second + `]}]}`, "input[2].tools"},
	} {
		t.Run(name, func(t *testing.T) {
			response, err := s.client.Post(s.url+test.path, "application/json", strings.NewReader(test.body))
			require.NoError(t, err)
			defer response.Body.Close()
			body, err := io.ReadAll(response.Body)
			require.NoError(t, err)
			assert.Equal(t, http.StatusBadRequest, response.StatusCode)
			assert.Contains(t, string(body), test.param+" comes to 1000")
			assert.Contains(t, string(body), "at most 10000 are taken")
		})
	}
	assert.Zero(t, b.asked.Load())
}
