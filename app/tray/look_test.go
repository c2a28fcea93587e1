package tray

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/app"
	"claude-max-api-proxy/app/settings"
	"claude-max-api-proxy/assets"
)

var update = flag.Bool("update", false, "rewrite the golden files")

var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

func state(p app.Phase, change ...func(*app.State)) app.State {
	s := app.State{Phase: p, Settings: settings.Default(), LaunchAtLogin: app.Off}
	if p.Serving() {
		s.BaseURL = "http://localhost:3456/v1"
	}
	for _, c := range change {
		c(&s)
	}
	return s
}

func with(t app.Trouble) func(*app.State) { return func(s *app.State) { s.Trouble = &t } }

func health(h app.Health) func(*app.State) { return func(s *app.State) { s.Health = h } }

// draw writes a look as a person sees it: what is hidden is not there, and what
// cannot be clicked stands in brackets.
func draw(l Look) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s  “%s”\n\n", l.Icon, l.Tooltip)
	for _, i := range l.Menu {
		switch {
		case i.Separator:
			fmt.Fprintln(&b, "  ────────")
			continue
		case i.Hidden:
			continue
		}
		box := "  "
		if i.Checkable {
			box = "☐ "
		}
		if i.Checked {
			box = "☑ "
		}
		title := i.Title
		if !i.Enabled {
			title = "[" + title + "]"
		}
		fmt.Fprintf(&b, "%s%s", box, title)
		if i.Enabled {
			fmt.Fprintf(&b, "  → %s", i.Action)
		}
		fmt.Fprintln(&b)
	}
	return b.Bytes()
}

func TestEachStateHasItsLook(t *testing.T) {
	reset := noon.Add(2*time.Hour + 5*time.Minute)
	states := map[string]app.State{
		"stopped":  state(app.Stopped),
		"starting": state(app.Starting),
		"running": state(app.Running, health(app.Health{
			SignIn: app.SignedIn, Requests: 42, Failed: 1,
			Windows: []app.Window{{Name: "5-hour", Used: 0.629, ResetsAt: reset}, {Name: "7-day", Used: 0.2, ResetsAt: noon.Add(72 * time.Hour)}},
		}), func(s *app.State) { s.LaunchAtLogin = app.On }),
		"stopping": state(app.Stopping),
		"leaving":  state(app.Stopping, func(s *app.State) { s.Leaving = true }),
		"signed-out": state(app.Attention, with(app.Trouble{
			Kind: app.SignInNeeded, Message: "Claude Code is not signed in.", Hint: "Sign in.",
		})),
		"cli-missing": state(app.Attention, with(app.Trouble{
			Kind: app.CLIMissing, Message: "Not found.", Hint: "Install Claude Code and sign in; claude-max-api doctor shows where was looked, and in which order.",
		})),
		"limit-reached": state(app.Attention, with(app.Trouble{Kind: app.LimitReached, Message: "Reached.", Hint: "Wait for the reset.", Until: noon.Add(48 * time.Hour)}),
			health(app.Health{Windows: []app.Window{{Name: "5-hour", Used: 0.9}, {Name: "7-day", Used: 0.8, Reached: true, ResetsAt: noon.Add(48 * time.Hour)}}})),
		"port-taken": state(app.Failed, with(app.Trouble{
			Kind: app.PortTaken, Message: "Port 3456 is in use by nginx (process 812).", Hint: "Stop that first.", Holder: "nginx (process 812)", FreePort: 3457,
		})),
		"port-taken-by-somebody": state(app.Failed, with(app.Trouble{Kind: app.PortTaken, Message: "Port 3456 is in use.", Hint: "Choose another."})),
		"listener-lost":          state(app.Failed, with(app.Trouble{Kind: app.ListenerLost, Message: "The listener failed.", Hint: "Start it again."})),
		"bad-settings":           state(app.Failed, with(app.Trouble{Kind: app.BadSettings, Message: "Line 3.", Hint: "It starts as soon as the file is right."})),
		"cannot-start":           state(app.Failed, with(app.Trouble{Kind: app.CannotStart, Message: "Cannot listen on 192.0.2.1:3456: cannot assign the requested address of the machine."})),
		"no-launch-at-login":     state(app.Running, func(s *app.State) { s.LaunchAtLogin, s.Settings.Notifications = app.Unavailable, false }),
	}
	for name, s := range states {
		t.Run(name, func(t *testing.T) {
			got := draw(LookOf(s, noon))
			path := filepath.Join("testdata", name+".txt")
			if *update {
				require.NoError(t, os.MkdirAll("testdata", 0o755))
				require.NoError(t, os.WriteFile(path, got, 0o644))
			}
			want, err := os.ReadFile(path)
			require.NoError(t, err)
			assert.Equal(t, string(want), string(got), "go test ./app/tray -update rewrites it; read the difference first")
		})
	}
}

func TestTheMenuHasTheSameLinesInEveryState(t *testing.T) {
	first := LookOf(app.State{}, noon).Menu
	for _, p := range []app.Phase{app.Stopped, app.Starting, app.Running, app.Stopping} {
		menu := LookOf(state(p), noon).Menu
		require.Len(t, menu, len(first))
		for i, item := range menu {
			assert.Equal(t, first[i].Separator, item.Separator)
			assert.Equal(t, first[i].Checkable, item.Checkable, "a checkbox cannot become one later")
		}
	}
}

func TestAWindowThatHasBegunAnewIsNotShown(t *testing.T) {
	windows := []app.Window{{Name: "5-hour", Used: 0.9, ResetsAt: noon}}
	assert.Equal(t, "5-hour limit 90 % · resets 12:00", limitLine(windows, noon.Add(-time.Second)))
	assert.Empty(t, limitLine(windows, noon))
	assert.Empty(t, limitLine([]app.Window{{Name: "5-hour", Used: -1}}, noon))
	assert.Equal(t, "5-hour limit reached", limitLine([]app.Window{{Name: "5-hour", Used: -1, Reached: true}}, noon))
}

// recorder notes what is drawn.
type recorder struct{ did []string }

func (r *recorder) SetIcon(i assets.Icon)  { r.did = append(r.did, "icon "+string(i)) }
func (r *recorder) SetTooltip(text string) { r.did = append(r.did, "tooltip "+text) }
func (r *recorder) Add(i Item) line {
	if i.Separator {
		return nil
	}
	return recordedLine{r, i.Title}
}

type recordedLine struct {
	*recorder
	was string
}

func (l recordedLine) note(format string, args ...any) {
	l.did = append(l.did, l.was+": "+fmt.Sprintf(format, args...))
}
func (l recordedLine) SetTitle(text string) { l.note("title %s", text) }
func (l recordedLine) SetEnabled(on bool)   { l.note("enabled %t", on) }
func (l recordedLine) SetChecked(on bool)   { l.note("checked %t", on) }
func (l recordedLine) SetHidden(on bool)    { l.note("hidden %t", on) }

func TestOnlyWhatHasChangedIsDrawnAgain(t *testing.T) {
	on := &recorder{}
	r := renderer{on: on}
	running := LookOf(state(app.Running), noon)
	r.draw(running)
	on.did = nil
	r.draw(running)
	assert.Empty(t, on.did)
	r.draw(LookOf(state(app.Running, health(app.Health{Requests: 1})), noon))
	assert.Equal(t, []string{"Requests: 0 · failed 0: title Requests: 1 · failed 0"}, on.did)
	on.did = nil
	r.draw(LookOf(state(app.Stopped), noon))
	assert.Equal(t, []string{
		"icon stopped", "tooltip Claude Max API Proxy: Stopped",
		"Running · http://localhost:3456/v1: title Stopped",
		"Requests: 0 · failed 0: title Requests: 0 · failed 0",
		"Requests: 0 · failed 0: hidden true",
		"Copy Base URL: enabled false", "Copy OpenClaw Config: enabled false", "Set Up OpenClaw…: enabled false",
		"Stop Proxy: title Start Proxy", "Restart Proxy: enabled false",
	}, on.did)
}
