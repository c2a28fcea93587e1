package control

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/app"
)

// listener is a Controller on which everything takes effect at once.
type listener struct{ got []app.Msg }

func (l *listener) Send(m app.Msg)   { l.got = append(l.got, m) }
func (l *listener) State() app.State { return app.State{} }

func (l *listener) Await(context.Context, func(app.State) bool) (app.State, error) {
	return app.State{}, nil
}

// FuzzOnlyKnownActionsReachTheApp: whatever is asked, and however it is spelled, the
// app gets nothing but the actions that other commands may ask for, by POST.
func FuzzOnlyKnownActionsReachTheApp(f *testing.F) {
	for _, seed := range []string{
		"GET /state HTTP/1.1", "POST /do/quit HTTP/1.1", "GET /do/quit HTTP/1.1", "POST /do/open-log HTTP/1.1", "POST /do/sign-in-changed HTTP/1.1",
		"POST /do/quit/ HTTP/1.1", "POST /do/%71uit HTTP/1.1", "POST //do/quit HTTP/1.1", "POST /x/../do/stop HTTP/1.1", "POST /do/start%00 HTTP/1.1",
		"POST /do/\u2028 HTTP/1.1", "POST /do/%ff HTTP/1.1", "post /do/quit HTTP/1.1", "HEAD /state HTTP/1.1", "POST http://x/do/quit?action=stop HTTP/1.1",
	} {
		f.Add(seed, `{"action":"quit"}`)
	}
	f.Fuzz(func(t *testing.T, line, body string) {
		r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(line + "\r\nHost: x\r\n\r\n" + body)))
		if err != nil {
			return
		}
		var l listener
		w := httptest.NewRecorder()
		Handler(&l).ServeHTTP(w, r)
		require.LessOrEqual(t, len(l.got), 1)
		for _, m := range l.got {
			require.Equal(t, http.MethodPost, r.Method)
			switch m := m.(type) {
			case app.LoginChanged:
				require.Equal(t, "/do/"+SignInChanged, r.URL.Path)
			case app.Do:
				require.True(t, slices.Contains(actions, m.Action), m.Action)
				require.Equal(t, "/do/"+string(m.Action), r.URL.Path)
			default:
				t.Errorf("the app was sent a %T", m)
			}
		}
		if w.Header().Get("Content-Type") == "application/json" {
			require.True(t, json.Valid(w.Body.Bytes()), w.Body)
		}
	})
}
