//go:build unix

package attacker

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"testing"
	"time"

	"claude-max-api-proxy/build/apptest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// page is one that a user has opened, and what it is about to try.
type page struct {
	name, section, explanation string

	url    string
	target target
	names  []string
	// welcome is for pages that the user has allowed.
	welcome bool
}

func TestWebPagesGetNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("drives a browser and the real Claude Code CLI")
	}
	if runtime.GOOS != "linux" {
		t.Skip("127.0.0.2 is an address of this machine on Linux only")
	}
	chromium := apptest.Tool(t, "chromium")
	dir := t.TempDir()
	require.NoError(t, apptest.Build("../..", dir, apptest.Command))
	path := filepath.Join(dir, "claude-max-api")
	r := readRecord(t)

	a := newAttacker(t)
	const key = "sk-known-to-the-page"
	allowed := map[string]any{"allowed_origins": []string{a.at("localhost")}}
	open := begin(t, path, allowed)
	allowed["api_key"] = key
	locked := begin(t, path, allowed)

	aim := func(p *program) target {
		return target{
			Proxy: fmt.Sprintf("http://127.0.0.1:%d", p.port), Control: "http://" + p.control, Port: p.port,
			Key: key, Token: p.token, Server: a.url, Elsewhere: a.at("third.test"),
		}
	}
	aimSame := func(p *program) target { // the page is of the proxy's own origin, for the browser
		target := aim(p)
		target.Proxy = fmt.Sprintf("http://rebound.test:%d", p.port)
		return target
	}
	_, control, err := net.SplitHostPort(open.control)
	require.NoError(t, err)
	controlPort, err := strconv.Atoi(control)
	require.NoError(t, err)
	aimControl := aim(open)
	aimControl.Control = fmt.Sprintf("http://rebound.test:%d", controlPort)
	rebind(t, open.port, func(w http.ResponseWriter, _ *http.Request) { a.render(w, "rebound") })
	rebind(t, controlPort, func(w http.ResponseWriter, _ *http.Request) { a.render(w, "rebound-control") })
	onDisk := filepath.Join(t.TempDir(), "page.html")
	require.NoError(t, os.WriteFile(onDisk, []byte(a.html("file")), 0o600))

	before := open.state(t)
	for _, p := range []page{
		{
			name: "address", url: a.url + "/page/address", target: aim(open), names: all(),
			section:     "A page of this machine",
			explanation: "Another local server's page, `http://127.0.0.1` with another port: a secure context, for which the browser allows most.",
		},
		{
			name: "name", url: a.at("evil.test") + "/page/name", target: aim(open), names: all("service-worker"),
			section:     "A page of the net",
			explanation: "`http://evil.test`.",
		},
		{
			name: "rebound", url: fmt.Sprintf("http://rebound.test:%d/", open.port), target: aimSame(open),
			names: []string{
				"fetch-json", "fetch-stream", "fetch-simple", "fetch-credentials", "fetch-key-chat", "fetch-claims", "fetch-models", "fetch-health", "fetch-head",
				"fetch-options", "fetch-delete", "xhr-json", "beacon", "ping", "eventsource", "websocket", "img", "script", "stylesheet", "iframe", "iframe-health",
				"form-urlencoded", "form-plain", "window", "worker", "sandbox", "by-localhost", "by-ipv6",
			},
			section: "DNS rebinding",
			explanation: "`http://rebound.test` with the proxy's own port; the name led elsewhere when the page was loaded, and leads to the proxy now. For the browser all is " +
				"of one origin: the page may read every answer, and sees that it is refused.",
		},
		{
			name: "rebound-control", url: fmt.Sprintf("http://rebound.test:%d/", controlPort), target: aimControl,
			names: []string{
				"control-state", "control-quit", "control-token", "control-form", "control-beacon", "control-img", "control-script", "control-iframe", "control-websocket",
			},
			section:     "DNS rebinding of the app's server",
			explanation: "The same with that server's port.",
		},
		{
			name: "file", url: "file://" + onDisk, target: aim(open), names: all("service-worker"),
			section:     "A file",
			explanation: "An HTML file that was downloaded and opened; its origin is null.",
		},
		{
			name: "stolen", url: a.url + "/page/stolen", target: aim(locked),
			names:       []string{"fetch-key", "fetch-key-chat", "fetch-health", "form-plain"},
			section:     "With an API key that the page knows",
			explanation: "The proxy asks for a key here, and the page has it.",
		},
		{
			name: "allowed", url: a.at("localhost") + "/page/allowed", target: aim(open), welcome: true,
			names:       []string{"fetch-json", "fetch-stream", "fetch-simple", "fetch-models", "fetch-health", "xhr-json", "fetch-key-chat", "beacon-json"},
			section:     "For comparison: an allowed page",
			explanation: "The same script on a page whose origin is in `allowed_origins`.",
		},
		{
			name: "allowed-key", url: a.at("localhost") + "/page/allowed-key", target: aim(locked), welcome: true,
			names:       []string{"fetch-json", "fetch-models", "fetch-key", "fetch-key-chat"},
			section:     "For comparison: an allowed page and an API key",
			explanation: "The proxy asks for a key here. The page's origin is allowed, and it sends the key only where it says so.",
		},
	} {
		if p.name == "allowed" {
			assert.Equal(t, before, open.state(t), "the app's state")
		}
		aimed := open
		if p.target.Port == locked.port {
			aimed = locked
		}
		r.section(p.section, p.explanation)
		t.Run(p.name, func(t *testing.T) { p.play(t, chromium, a, aimed, r) })
	}
	if !t.Failed() {
		r.compare(t)
	}
}

// play opens the page and takes down what comes of it.
func (p page) play(t *testing.T, chromium string, a *attacker, aimed *program, r *record) {
	possible := slices.Clone(p.names)
	if !hasIPv6() {
		possible = slices.DeleteFunc(possible, func(name string) bool { return name == "by-ipv6" })
	}
	a.targets[p.name] = func() (target, []string) { return p.target, possible }
	aimed.log.next()
	aimed.model.Reset()
	began := time.Now()
	defer browse(t, chromium, p.url)()
	for _, name := range p.names {
		if !slices.Contains(possible, name) {
			assert.True(t, r.keep(p.section, name), "%s: nobody has seen it yet", name)
			continue
		}
		var s sight
		select {
		case s = <-a.saw:
		case <-time.After(patience):
			t.Fatalf("the page has not told of %s", name)
		}
		require.Equal(t, sight{Page: p.name, Attempt: name, Saw: s.Saw}, s)
		n, known := r.expected(p.section, name)
		arrived := aimed.arrivals(t, n, known && !*update)
		spent := len(aimed.model.Requests())
		aimed.model.Reset()
		r.row(name, s.Saw, arrived, spent)
		if !p.welcome {
			assert.NotRegexp(t, `status 2|a list|a chat|a whole|a part|the health|opened`, s.Saw, name)
			assert.Zero(t, spent, "%s: requests upstream", name)
			for _, request := range arrived {
				assert.GreaterOrEqual(t, request.status, 400, "%s: %s %s", name, request.method, request.path)
			}
		}
		a.taken <- struct{}{}
	}
	t.Logf("%d attempts in %s", len(p.names), time.Since(began).Round(time.Millisecond))
}

// hasIPv6 says whether [::1] is there, where the proxy then listens too.
func hasIPv6() bool {
	l, err := net.Listen("tcp6", "[::1]:0")
	if err != nil {
		return false
	}
	_ = l.Close()
	return true
}

// arrivals waits for as many requests as the attempt makes, and where that is not
// known until none has come for a while. Some attempts do not wait for theirs.
func (p *program) arrivals(t *testing.T, n int, known bool) (arrived []arrival) {
	t.Helper()
	deadline, quiet := time.Now().Add(patience), time.Now()
	for known && len(arrived) < n || !known && time.Since(quiet) < 400*time.Millisecond {
		for _, a := range p.log.next() {
			if a.path == "/favicon.ico" { // the browser's own wish for a window, at its own time
				assert.GreaterOrEqual(t, a.status, http.StatusBadRequest)
				continue
			}
			arrived = append(arrived, a)
			quiet = time.Now()
		}
		if time.Now().After(deadline) {
			t.Errorf("%d requests arrived, not %d", len(arrived), n)
			return arrived
		}
		time.Sleep(5 * time.Millisecond)
	}
	return arrived
}
