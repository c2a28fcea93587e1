package app

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/app/settings"
)

var update = flag.Bool("update", false, "rewrite the golden files")

var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

// example is a state of each phase, as the controller gets there.
func example(p Phase) State {
	s := State{Phase: p, Settings: settings.Default(), LaunchAtLogin: Off, run: 7}
	switch p {
	case Running:
		s.BaseURL = "http://localhost:3456/v1"
	case Attention:
		s.BaseURL = "http://localhost:3456/v1"
		s.Health = Health{SignIn: SignedOut}
		s.Trouble = trouble(s.Health, noon)
	case Failed:
		s.Trouble = &Trouble{Kind: PortTaken, Message: "Port 3456 is in use.", FreePort: 3457}
	}
	return s
}

// TestTheTransitionTableIsAsWritten holds every phase against every message. The
// golden file is the table that a person reads.
func TestTheTransitionTableIsAsWritten(t *testing.T) {
	moved := settings.Default()
	moved.Port = 4000
	quiet := settings.Default()
	quiet.Notifications = false
	lost := &Trouble{Kind: ListenerLost, Message: "The listener failed."}
	messages := []struct {
		name string
		msg  Msg
	}{
		{"Start", Do{Start}},
		{"Stop", Do{Stop}},
		{"Restart", Do{Restart}},
		{"Quit", Do{Quit}},
		{"UseFreePort", Do{UseFreePort}},
		{"CopyBaseURL", Do{CopyBaseURL}},
		{"CopyOpenClawConfig", Do{CopyOpenClawConfig}},
		{"SetUpOpenClaw", Do{SetUpOpenClaw}},
		{"SignInToClaude", Do{SignInToClaude}},
		{"ToggleLaunchAtLogin", Do{ToggleLaunchAtLogin}},
		{"ToggleNotifications", Do{ToggleNotifications}},
		{"OpenLog", Do{OpenLog}},
		{"ShowAbout", Do{ShowAbout}},
		{"Started", Started{7, "http://localhost:3456/v1"}},
		{"Started of an old run", Started{6, "http://localhost:1/v1"}},
		{"Ended as told", Ended{7, nil}},
		{"Ended by itself", Ended{7, lost}},
		{"Ended, an old run", Ended{6, lost}},
		{"Observed well", Observed{7, noon, Health{SignIn: SignedIn, Requests: 3}}},
		{"Observed signed out", Observed{7, noon, Health{SignIn: SignedOut}}},
		{"Observed no CLI", Observed{7, noon, Health{CLIProblem: "No CLI."}}},
		{"Observed limit reached", Observed{7, noon, Health{Windows: []Window{{Name: "5-hour", Used: 1, Reached: true, ResetsAt: noon.Add(time.Hour)}}}}},
		{"Observed limit over", Observed{7, noon, Health{Windows: []Window{{Name: "5-hour", Used: 1, Reached: true, ResetsAt: noon}}}}},
		{"Observed of an old run", Observed{6, noon, Health{SignIn: SignedOut}}},
		{"RequestFailed", RequestFailed{7, Failure{Kind: "overloaded"}}},
		{"Ticked", Ticked{noon}},
		{"Woke", Woke{}},
		{"LoginChanged", LoginChanged{}},
		{"SettingsRead, the same", SettingsRead{Settings: settings.Default()}},
		{"SettingsRead, another port", SettingsRead{Settings: moved}},
		{"SettingsRead, notifications off", SettingsRead{Settings: quiet}},
		{"SettingsRead, not right", SettingsRead{Problem: "Line 3: a mistake."}},
		{"LaunchAtLoginSeen", LaunchAtLoginSeen{On}},
	}
	var text bytes.Buffer
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	for _, p := range []Phase{Stopped, Starting, Running, Attention, Stopping, Failed} {
		for _, m := range messages {
			before := example(p)
			after, effects := step(before, m.msg)
			fmt.Fprintf(table, "%s\t%s\t→ %s\t%s\n", p, m.name, describe(before, after), list(effects))
		}
		fmt.Fprintln(table)
	}
	require.NoError(t, table.Flush())
	golden(t, "transitions.txt", text.Bytes())
}

// describe says what became of a state: the phase, and whatever else changed.
func describe(before, after State) string {
	var news []string
	say := func(changed bool, format string, args ...any) {
		if changed {
			news = append(news, fmt.Sprintf(format, args...))
		}
	}
	say(before.run != after.run, "run %d", after.run)
	say(after.Trouble != nil && (before.Trouble == nil || *before.Trouble != *after.Trouble), "%s", kindOf(after.Trouble))
	say(before.BaseURL != after.BaseURL, "at %q", after.BaseURL)
	say(after.revive, "then start")
	say(after.Leaving, "leaving")
	say(before.LastFailure != after.LastFailure, "failure %d", after.LastFailure.Number)
	say(before.SettingsProblem != after.SettingsProblem, "settings problem")
	say(before.Settings.Port != after.Settings.Port, "port %d", after.Settings.Port)
	say(before.Settings.Notifications != after.Settings.Notifications, "notifications %t", after.Settings.Notifications)
	say(before.LaunchAtLogin != after.LaunchAtLogin, "launch at login %s", after.LaunchAtLogin)
	if len(news) == 0 {
		return string(after.Phase)
	}
	return string(after.Phase) + " (" + strings.Join(news, ", ") + ")"
}

func kindOf(t *Trouble) TroubleKind {
	if t == nil {
		return ""
	}
	return t.Kind
}

func list(effects []Effect) string {
	var names []string
	for _, e := range effects {
		switch e := e.(type) {
		case startRun:
			names = append(names, fmt.Sprintf("startRun %d on port %d", e.run, e.settings.Port))
		default:
			names = append(names, strings.TrimPrefix(fmt.Sprintf("%T %v", e, e), "app."))
		}
	}
	return strings.Join(names, ", ")
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(path, got, 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, string(want), string(got), "go test ./app -update rewrites it; read the difference first")
}

func TestStatesAreNeverChangedInPlace(t *testing.T) {
	before := example(Attention)
	kept := *before.Trouble
	step(before, Observed{7, noon, Health{SignIn: SignedIn}})
	assert.Equal(t, kept, *before.Trouble)
	assert.Equal(t, example(Attention), before)
}

func TestAUsedUpLimitIsOverWhenItsTimeHasCome(t *testing.T) {
	h := Health{Windows: []Window{{Name: "7-day", Used: 1, Reached: true, ResetsAt: noon.Add(time.Minute)}}}
	s, _ := step(example(Running), Observed{7, noon, h})
	require.Equal(t, Attention, s.Phase)
	assert.Equal(t, LimitReached, s.Trouble.Kind)
	assert.Equal(t, noon.Add(time.Minute), s.Trouble.Until)
	s, _ = step(s, Ticked{noon.Add(59 * time.Second)})
	assert.Equal(t, Attention, s.Phase)
	s, _ = step(s, Ticked{noon.Add(time.Minute)})
	assert.Equal(t, Running, s.Phase, "nobody has to ask for that")
}

func TestNothingStartsWithSettingsThatNobodyChose(t *testing.T) {
	s := withoutSettings(State{Settings: settings.Default(), SettingsProblem: "Line 1.", NoSettings: true})
	for _, a := range []Action{Start, Restart, Stop, Start, Restart} {
		var effects []Effect
		s, effects = step(s, Do{a})
		assert.Empty(t, effects, a)
		assert.False(t, s.Phase.Serving())
	}
	assert.Equal(t, BadSettings, s.Trouble.Kind)
}

func TestAMendedSettingsFileStartsWhatItHadKeptDown(t *testing.T) {
	s := State{Phase: Failed, Settings: settings.Default(), SettingsProblem: "Line 1.", NoSettings: true, Trouble: &Trouble{Kind: BadSettings, Message: "Line 1."}}
	s, effects := step(s, SettingsRead{Settings: settings.Default()})
	assert.Equal(t, Starting, s.Phase)
	assert.Equal(t, "startRun 1 on port 3456", list(effects))
}
