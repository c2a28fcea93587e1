package app

import (
	"testing"

	"pgregory.net/rapid"

	"claude-max-api-proxy/app/settings"
)

// world is what really happens around the state: runs that come to listen, die, and
// end when they are told to, each of which reaches the state some time later.
type world struct {
	state State
	// live is the run that has not said its last word; 0 for none.
	live      int
	listening bool
	told      bool // to end
	left      bool
	queue     []Msg // on its way to the state
}

func (w *world) deliver(t *rapid.T, m Msg) {
	before := w.state
	after, effects := step(before, m)
	w.state = after
	for _, e := range effects {
		switch e := e.(type) {
		case startRun:
			if after.NoSettings {
				t.Fatal("a run was started with settings that were never read")
			}
			if w.live != 0 {
				t.Fatalf("run %d was started beside run %d", e.run, w.live)
			}
			w.live, w.listening, w.told = e.run, false, false
		case stopRun:
			if e.run != w.live && w.live != 0 {
				t.Fatalf("run %d was told to end, and %d is the one that lives", e.run, w.live)
			}
			w.told = true
		case leave:
			if w.left {
				t.Fatal("the app left twice")
			}
			if w.live != 0 {
				t.Fatal("the app left a run behind")
			}
			w.left = true
		}
	}
	if ended, ok := m.(Ended); ok && ended.Run == before.run && ended.Trouble != nil && before.Phase.Serving() {
		if after.Phase != Failed || after.Trouble == nil {
			t.Fatalf("a run that died in %s leaves %s", before.Phase, after.Phase)
		}
	}
	w.consistent(t)
}

// consistent checks what holds in every state on its own.
func (w *world) consistent(t *rapid.T) {
	s := w.state
	if (s.BaseURL != "") != s.Phase.Serving() {
		t.Fatalf("%s with the base URL %q", s.Phase, s.BaseURL)
	}
	if (s.Trouble != nil) != (s.Phase == Attention || s.Phase == Failed) {
		t.Fatalf("%s with trouble %v", s.Phase, s.Trouble)
	}
	if !s.Phase.Serving() && (s.Health.Requests != 0 || s.Health.SignIn != SignInUnknown) {
		t.Fatalf("%s knows how a proxy does", s.Phase)
	}
}

// settled checks the state against the world once all news has come.
func (w *world) settled(t *rapid.T) {
	if len(w.queue) > 0 {
		return
	}
	s := w.state
	if s.Phase.Serving() != w.listening && !w.told {
		t.Fatalf("%s, and a listener is there: %t", s.Phase, w.listening)
	}
	if s.Phase.Serving() && (w.live != s.run || w.told) {
		t.Fatalf("%s on run %d, and %d lives, told to end: %t", s.Phase, s.run, w.live, w.told)
	}
	if (s.Phase == Starting || s.Phase == Stopping) && w.live == 0 {
		t.Fatalf("%s for ever: no run will say anything", s.Phase)
	}
	if (s.Phase == Stopped || s.Phase == Failed) && w.live != 0 {
		t.Fatalf("%s, and run %d lives", s.Phase, w.live)
	}
	if s.Leaving && w.live == 0 && !w.left {
		t.Fatal("the app wanted to leave, and stays")
	}
}

func TestNoSequenceOfEventsLeadsToALie(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := &world{state: State{Phase: Stopped, Settings: settings.Default(), LaunchAtLogin: Off}}
		if rapid.Bool().Draw(t, "without settings") {
			w.state.NoSettings, w.state.SettingsProblem = true, "Line 3."
			w.state = withoutSettings(w.state)
		}
		actions := []Action{
			Start, Stop, Restart, Quit, UseFreePort, SignInToClaude, CopyBaseURL, CopyOpenClawConfig,
			SetUpOpenClaw, ToggleLaunchAtLogin, ToggleNotifications, OpenLog, ShowAbout,
		}
		later := func(m Msg) { w.queue = append(w.queue, m) }
		t.Repeat(map[string]func(*rapid.T){
			"a person acts": func(t *rapid.T) {
				a := rapid.SampledFrom(actions).Draw(t, "action")
				if a == Quit && rapid.IntRange(0, 9).Draw(t, "really") > 0 {
					t.Skip("rarely")
				}
				w.deliver(t, Do{a})
			},
			"news arrives": func(t *rapid.T) {
				if len(w.queue) == 0 {
					t.Skip("none")
				}
				m := w.queue[0]
				w.queue = w.queue[1:]
				w.deliver(t, m)
			},
			"the run comes to listen": func(t *rapid.T) {
				if w.live == 0 || w.listening {
					t.Skip("it does not")
				}
				w.listening = true
				later(Started{w.live, "http://localhost:3456/v1"})
			},
			"the run ends": func(t *rapid.T) {
				if w.live == 0 {
					t.Skip("there is none")
				}
				ended := Ended{Run: w.live}
				if !w.told && rapid.Bool().Draw(t, "with a reason") {
					ended.Trouble = &Trouble{Kind: PortTaken, Message: "Port 3456 is in use.", FreePort: 3457}
				}
				w.live, w.listening = 0, false
				later(ended)
			},
			"the run is looked at": func(t *rapid.T) {
				if !w.listening {
					t.Skip("there is none")
				}
				h := Health{
					Requests: 1, SignIn: rapid.SampledFrom([]SignIn{SignInUnknown, SignedIn, SignedOut}).Draw(t, "sign-in"),
					CLIProblem: rapid.SampledFrom([]string{"", "No CLI."}).Draw(t, "CLI"),
				}
				later(Observed{w.live, noon, h})
			},
			"old news": func(t *rapid.T) {
				old := w.state.run - 1
				w.deliver(t, rapid.SampledFrom([]Msg{
					Started{old, "http://localhost:1/v1"},
					Ended{old, nil},
					Ended{old, &Trouble{Kind: ListenerLost}},
					Observed{old, noon, Health{SignIn: SignedOut}},
				}).Draw(t, "message"))
			},
			"the machine": func(t *rapid.T) {
				changed := settings.Default()
				changed.Port = rapid.IntRange(3456, 3458).Draw(t, "port")
				w.deliver(t, rapid.SampledFrom([]Msg{
					Woke{}, Ticked{noon}, LoginChanged{}, SettingsRead{Settings: changed}, SettingsRead{Problem: "Line 3."},
				}).Draw(t, "message"))
			},
			"": w.settled,
		})
	})
}
