package soak

import (
	"fmt"
	"net"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What looks for mistakes must find them.

const aMark, another = "mark-00000000000000aa", "mark-00000000000000bb"

// asked is a request for two words, or for what else the deed says.
func asked(stream bool, d deed) request {
	return request{messages: []message{{Role: "user", Content: aMark}}, mark: aMark, stream: stream, deed: d}
}

// stream is what a client gets that reads these texts as chunks, and then the rest.
func stream(rest string, texts ...string) string {
	var b strings.Builder
	for _, text := range texts {
		fmt.Fprintf(&b, "data: {\"choices\":[{\"delta\":{\"content\":%q}}]}\n\n", text)
	}
	return b.String() + rest
}

const (
	finish = "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
	done   = "data: [DONE]\n\n"
	broken = "data: {\"error\":{\"message\":\"It broke.\",\"code\":\"cli_failed\"}}\n\n"
)

func TestEachWrongAnswerIsFound(t *testing.T) {
	two := deed{say, 2}
	whole := strings.Join(words([]string{aMark}, 2), "")
	for name, c := range map[string]struct {
		q     request
		got   string
		want  verdict
		about string
	}{
		"the answer":                       {asked(true, two), stream(finish+done, whole), right, ""},
		"in pieces":                        {asked(true, two), stream(finish+done, whole[:9], whole[9:]), right, ""},
		"somebody else's":                  {asked(true, two), stream(finish+done, strings.Join(words([]string{another}, 2), "")), wrong, "another text"},
		"with more history than was sent":  {asked(true, two), stream(finish+done, strings.Join(words([]string{another, aMark}, 2), "")), wrong, "another text"},
		"a piece twice":                    {asked(true, two), stream(finish+done, whole[:9], whole[:9], whole[9:]), wrong, "another text"},
		"a piece that is missing":          {asked(true, two), stream(finish+done, whole[:9], whole[10:]), wrong, "another text"},
		"cut, but it looks complete":       {asked(true, two), stream(finish+done, whole[:9]), wrong, "half an answer"},
		"nothing, but it looks complete":   {asked(true, two), stream(finish + done), wrong, "half an answer"},
		"cut without a word":               {asked(true, two), stream("", whole[:9]), wrong, "without a word"},
		"without its end":                  {asked(true, two), stream(finish, whole), wrong, "without [DONE]"},
		"with more behind its end":         {asked(true, two), stream(finish+done+finish, whole), wrong, "follows [DONE]"},
		"with two ends":                    {asked(true, two), stream(finish+finish+done, whole), wrong, "follows the finish_reason"},
		"half a line":                      {asked(true, two), stream("data: {", whole[:9]), wrong, "half a line"},
		"its process was killed":           {asked(true, two), stream(broken, whole[:9]), lost, ""},
		"killed, and done all the same":    {asked(true, two), stream(broken+done, whole[:9]), wrong, "[DONE] after an error"},
		"an answer where upstream failed":  {asked(true, deed{cut, 2}), stream(finish+done, whole), wrong, "can be none"},
		"calls that nobody has asked for":  {asked(true, two), stream("data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"ask\"}}]}}]}\n\n"), wrong, "other calls"},
		"the answer of one that is killed": {request{messages: asked(true, two).messages, stream: true, deed: two, fate: killText}, stream(finish+done, whole), wrong, "can be none"},
	} {
		t.Run(name, func(t *testing.T) {
			s := &seen{status: 200}
			s.err = s.readStream(strings.NewReader(c.got), func() {})
			v, why := judge(c.q, s, true)
			assert.Equal(t, c.want, v, why)
			assert.Contains(t, why, c.about)
		})
	}
}

func TestAnErrorMustBeTheOneThatWasAskedFor(t *testing.T) {
	for name, c := range map[string]struct {
		deed   deed
		status int
		code   string
		want   verdict
	}{
		"the one":                  {deed{fail, 529}, 529, "overloaded", expected},
		"another status":           {deed{fail, 529}, 500, "overloaded", wrong},
		"another code":             {deed{fail, 429}, 429, "queue_full", wrong},
		"none was asked for":       {deed{say, 2}, 500, "upstream_error", wrong},
		"nobody has killed for it": {deed{say, 2}, 502, "cli_failed", wrong},
	} {
		t.Run(name, func(t *testing.T) {
			v, why := judge(asked(false, c.deed), &seen{status: c.status, code: c.code, failed: "No.", done: true}, false)
			assert.Equal(t, c.want, v, why)
		})
	}
}

// TestGoroutinesAreSeenFromOutside: each connection to a server has one.
func TestGoroutinesAreSeenFromOutside(t *testing.T) {
	if testing.Short() || runtime.GOOS != "linux" {
		t.Skip("builds and starts the program, and looks into /proc")
	}
	a := newApp(t, "/nowhere/claude", "http://127.0.0.1:9")
	a.start()
	const connections = 7
	serving := func() int {
		c, err := a.watcher.goroutines(a.process.PID())
		require.NoError(t, err)
		return c["net/http.(*Server).Serve.gowrap3"]
	}
	a.await("the end of our own questions", func() bool { return serving() == 0 })
	var open []net.Conn
	for range connections {
		conn, err := net.Dial("tcp", strings.TrimPrefix(a.url, "http://"))
		require.NoError(t, err)
		open = append(open, conn)
	}
	a.await("a goroutine for each connection", func() bool { return serving() == connections })
	for _, conn := range open {
		require.NoError(t, conn.Close())
	}
	a.await("the end of those", func() bool { return serving() == 0 })
	a.quit()
}
