//go:build linux

package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/proxy/claude/claudetest"
)

// fault is something that goes wrong, and what has to come of it. It is done to the app
// as a person has it, with icon and notifications: a request is sent, blocking and
// streaming, then what was broken is mended, and the next request has to be answered.
type fault struct {
	name string
	// of says whose fault it is: the real CLIs with an offline model behind, or a CLI that is
	// scripted for what only a broken one does.
	of cliKind
	// launch changes how the app is started; nil for nothing.
	launch func(*launch, *patient)
	// script is what the scripted CLI does while it is broken.
	script func(claudetest.Event) claudetest.Action
	// before breaks something ahead of the app's start, harm in the app that runs, and mend
	// repairs it; nil for nothing.
	before, harm, mend func(*patient)
	// say is the request's text, to the offline model.
	say string

	blocking, streaming string // what the client gets, as outcome says it; "" is the same as blocking
	older               string // the former, with the older of the two CLIs; "" is the same
	within              time.Duration
	status              string // the first line of the menu, as it begins
	notices             []string
}

type cliKind int

const (
	realCLI cliKind = iota
	scripted
	absentCLI
)

// patient is an app that has a fault.
type patient struct {
	*trayApp
	f     fault
	cli   string // the real one, or that of the script
	place string // where the app finds it
	link  *link  // between the CLI and the model; nil with a scripted one
	mock  *claudetest.StandIn
	ill   chan struct{} // closed once it is mended
}

func (p *patient) broken() bool {
	select {
	case <-p.ill:
		return false
	default:
		return true
	}
}

func TestFaults(t *testing.T) {
	desktopTest(t)
	var mu sync.Mutex
	table := map[string]string{}
	t.Run("each", func(t *testing.T) {
		for _, f := range faults() {
			t.Run(f.name, func(t *testing.T) {
				t.Parallel()
				versions := claudetest.Versions
				switch {
				case f.of == scripted:
					versions = []string{"scripted"}
				case !*updateFaults: // both take five minutes, for the same rows
					versions = versions[len(versions)-1:]
				}
				var row string
				for _, version := range versions {
					t.Run(version, func(t *testing.T) { row = f.run(t, version) })
				}
				mu.Lock()
				defer mu.Unlock()
				table[f.name] = row
			})
		}
	})
	if !t.Failed() && !slices.Contains(slices.Collect(maps.Values(table)), "") && len(table) == len(faults()) {
		compareFaults(t, table)
	}
}

// run does the fault to an app, and gives its row of the table.
func (f fault) run(t *testing.T, version string) string {
	p := &patient{f: f, ill: make(chan struct{})}
	p.start(t, version)
	if f.harm != nil {
		f.harm(p)
	}
	var got []string
	for _, stream := range []bool{false, true} {
		begun := time.Now()
		said := p.outcome(chat(stream, cmp.Or(f.say, "offline:echo(hello)")))
		took := time.Since(begun)
		assert.Less(t, took, f.within, "the client's answer")
		got = append(got, said)
	}
	blocking := f.blocking
	if version == claudetest.Versions[0] {
		blocking = cmp.Or(f.older, blocking)
	}
	assert.Equal(t, blocking, got[0], "blocking")
	assert.Equal(t, cmp.Or(f.streaming, blocking), got[1], "streaming")
	if f.status != "" {
		p.launched.await("the menu to begin with "+f.status, func() bool { return strings.HasPrefix(p.trayItem.status(), f.status) })
	}
	p.launched.await("the notices "+strings.Join(f.notices, ", "), func() bool { return len(p.notices.told()) >= len(f.notices) })

	close(p.ill)
	if f.mend != nil {
		f.mend(p)
	}
	p.launched.await("an answer after the fault", func() bool { return p.outcome(chat(false, "offline:echo(well)")) == "200" })
	assert.Equal(t, f.notices, p.notices.told(), "what the user is told, once")
	assert.LessOrEqual(t, p.notices.failures(), len(got), "notices of failed requests")

	p.quit()
	assert.Empty(t, p.leftovers())
	assert.Empty(t, p.relatives())
	return fmt.Sprintf("| %s | %s | %s | %s | %s |", f.name, f.gets(), within(f.within), f.tells(), f.who())
}

// recovered are notices that things are well again.
var recovered = []string{"Signed in again", "Claude Code is back"}

func (p *patient) start(t *testing.T, version string) {
	home := t.TempDir()
	p.trayApp = &trayApp{launched: &launched{t: t, home: home}} // until there is one
	l := launch{home: home, settings: map[string]any{}}
	if p.f.of == scripted {
		p.mock = claudetest.NewStandIn(t, func(e claudetest.Event) claudetest.Action {
			if p.broken() && p.f.script != nil {
				return p.f.script(e)
			}
			return claudetest.Action{}
		})
		p.cli = p.mock.Path(t)
	} else {
		p.cli = claudetest.Real(t, version)
	}
	p.place = filepath.Join(home, "claude")
	if p.f.of != absentCLI {
		require.NoError(t, os.Symlink(p.cli, p.place))
	}
	l.cli = p.place
	if p.f.launch != nil {
		p.f.launch(&l, p)
	}
	desk := startBus(t)
	p.trayApp = &trayApp{desk: desk, panel: desk.showIcons(), notices: desk.showNotices(nil)}
	l.bare = true
	p.launched = prepare(t, l)
	p.insert()
	l.env = append(l.env, "DBUS_SESSION_BUS_ADDRESS="+desk.address)
	if p.f.before != nil {
		p.f.before(p)
	}
	p.begin(l)
	p.trayItem = p.panel.item()
	p.awaitHealth(always)
	if p.f.of == realCLI {
		p.awaitWarm()
	}
}

// insert puts the link between CLI and model, and the script's address, into the settings.
func (p *patient) insert() {
	content := p.saved()
	env := content["claude_env"].(map[string]any)
	if p.mock != nil {
		for _, pair := range p.mock.Env() {
			name, value, _ := strings.Cut(pair, "=")
			env[name] = value
		}
	} else {
		p.link = newLink(p.t, p.model.URL())
		env["ANTHROPIC_BASE_URL"] = p.link.url()
	}
	require.NoError(p.t, os.WriteFile(p.config, []byte(marshal(content)), 0o600))
}

// outcome sends a request and says what came back, in a few words.
func (p *patient) outcome(body string) string {
	request, err := http.NewRequestWithContext(p.context(), http.MethodPost, p.url+"/v1/chat/completions", strings.NewReader(body))
	require.NoError(p.t, err)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	require.NoError(p.t, err)
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(response.Body)
	require.NoError(p.t, err)
	said := fmt.Sprint(response.StatusCode)
	var failed *failure
	if bytes.HasPrefix(answer, []byte("data: ")) {
		s := readStream(p.t, answer)
		if failed = s.failed(); failed != nil {
			assert.False(p.t, s.done || s.finish() != "", "a broken stream looks complete")
			said += ", then"
		} else {
			assert.True(p.t, s.done && s.finish() != "", "the stream has no end")
		}
	} else {
		var whole struct {
			Error *failure `json:"error"`
		}
		require.NoError(p.t, json.Unmarshal(answer, &whole), string(answer))
		failed = whole.Error
	}
	if failed != nil {
		assert.NotEmpty(p.t, failed.Message)
		code := failed.Type
		if failed.Code != nil {
			code = *failed.Code
		}
		said += " `" + code + "`"
	}
	if retry := response.Header.Get("Retry-After"); retry != "" {
		said += ", Retry-After"
	}
	return said
}

// leftovers are files that only a running app or CLI has.
func (p *patient) leftovers() (left []string) {
	for _, pattern := range []string{
		".cache/claude-max-api/run/*/*", ".claude/sessions/*", "*/cc-socks/*", ".cache/claude-cli-nodejs/*",
	} {
		found, err := filepath.Glob(filepath.Join(p.home, pattern))
		require.NoError(p.t, err)
		left = append(left, found...)
	}
	return left
}

// told gives the titles of all notices but those that things are well again. How many
// failures come in one notice is a question of time.
func (n *notices) told() (titles []string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, o := range n.all {
		title := someFailed.ReplaceAllString(o.title, oneFailed)
		if slices.Contains(recovered, title) || title == oneFailed && slices.Contains(titles, oneFailed) {
			continue
		}
		titles = append(titles, title)
	}
	return titles
}

// failures is how many notices tell of failed requests.
func (n *notices) failures() (count int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, o := range n.all {
		if o.title == oneFailed || someFailed.MatchString(o.title) {
			count++
		}
	}
	return count
}

const oneFailed = "A request failed"

var someFailed = regexp.MustCompile(`^\d+( more)? requests? failed$`)

func (f fault) gets() string {
	gets := f.blocking
	if f.older != "" {
		gets += " (with " + claudetest.Versions[0] + ": " + f.older + ")"
	}
	if f.streaming != "" {
		gets += "; in a stream: " + f.streaming
	}
	return gets
}

func (f fault) tells() string {
	var tells []string
	if f.status != "" {
		tells = append(tells, "menu: "+f.status)
	}
	for _, n := range f.notices {
		tells = append(tells, "“"+n+"”")
	}
	return cmp.Or(strings.Join(tells, "; "), "nothing")
}

func (f fault) who() string {
	switch f.of {
	case scripted:
		return "scripted CLI"
	}
	return strings.Join(claudetest.Versions, ", ")
}

func within(d time.Duration) string { return fmt.Sprintf("%d s", int(d.Seconds())) }

var updateFaults = flag.Bool("update-faults", false, "write docs/faults.md")

const faultsPath = "../../docs/faults.md"

// compareFaults holds the table against what the documentation says, or writes it.
func compareFaults(t *testing.T, rows map[string]string) {
	var b strings.Builder
	b.WriteString(faultsHead)
	for _, f := range faults() {
		b.WriteString(rows[f.name] + "\n")
	}
	b.WriteString(faultsElsewhere(t))
	if *updateFaults {
		require.NoError(t, os.WriteFile(faultsPath, []byte(b.String()), 0o644))
		return
	}
	want, err := os.ReadFile(faultsPath)
	require.NoError(t, err)
	assert.Equal(t, string(want), b.String(), "go test ./cmd/claude-max-api -run TestFaults -update-faults writes it anew")
}
