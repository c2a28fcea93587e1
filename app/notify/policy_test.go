package notify

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/app"
)

const (
	lostTitle     = "Claude needs you to sign in"
	reminderTitle = "Claude still needs you to sign in"
	againTitle    = "Signed in again"
)

// step is something that happens, and the titles that a person sees then.
type step struct {
	change func(*app.State)
	wait   time.Duration // before the change
	want   []string      // for both
}

func then(change func(*app.State), want ...string) step { return step{change: change, want: want} }

func after(d time.Duration, want ...string) step { return step{wait: d, want: want} }

func TestWhatIsTold(t *testing.T) {
	portTaken := app.Trouble{Kind: app.PortTaken, Message: "Port 3456 is in use.", Holder: "nginx"}
	fiveHours := app.Window{Name: "5-hour", ResetsAt: noon.Add(2 * time.Hour)}
	used := func(part float64) func(*app.State) {
		w := fiveHours
		w.Used = part
		return window(w)
	}
	reached := func(s *app.State) {
		w := fiveHours
		w.Used, w.Reached = 1, true
		window(w)(s)
		attention(s, app.Trouble{Kind: app.LimitReached, Message: "Reached."})
	}
	problem := func(text string) func(*app.State) {
		return func(s *app.State) { s.SettingsProblem = text }
	}
	cli := func(path, version string) func(*app.State) {
		return func(s *app.State) { s.Health.CLIPath, s.Health.CLIVersion = path, version }
	}
	const fiveMinutes = 5 * time.Minute

	for name, steps := range map[string][]step{
		"a lost sign-in at once, then every six hours, and its end": {
			then(signedOut, lostTitle), after(6*time.Hour - time.Second), after(time.Second, reminderTitle),
			after(12*time.Hour, reminderTitle, reminderTitle), then(signedIn, againTitle), after(24 * time.Hour),
		},
		"a restart begins no new episode": {
			then(signedOut, lostTitle), then(stopping), then(starting), then(started),
			after(7 * time.Hour), // nobody knows whether it is still so
			then(signedOut, reminderTitle), then(signedIn, againTitle), then(signedOut, lostTitle),
		},
		"a sign-in during the restart is told": {
			then(signedOut, lostTitle), then(stopping), then(starting), then(started), then(signedIn, againTitle),
		},
		"a sign-in trouble that just went away is over without a word": {
			then(signedOut, lostTitle),
			then(func(s *app.State) { s.Health.SignIn, s.Phase, s.Trouble = app.SignInUnknown, app.Running, nil }),
			then(signedIn), then(signedOut, lostTitle),
		},
		"a missing CLI hides a lost sign-in and does not end it": {
			then(signedOut, lostTitle), then(noCLI, "Claude Code is not usable"), then(cliFound, "Claude Code is back"),
			then(signedOut), then(signedIn, againTitle),
		},
		"no reminder while the proxy is stopped": {
			then(signedOut, lostTitle), then(stopping), then(func(s *app.State) { s.Phase = app.Stopped }), after(24 * time.Hour),
		},
		"the first failure at once, then one notice per five minutes": {
			then(failed("upstream"), "A request failed"), then(failed("upstream")), then(failed("upstream")),
			after(fiveMinutes - time.Second), then(failed("upstream")), after(time.Second, "3 more requests failed"),
			then(failed("upstream")), after(fiveMinutes, "1 more request failed"),
			after(time.Hour), then(failed("upstream"), "A request failed"),
		},
		"each kind of failure has its own five minutes": {
			then(failed("upstream"), "A request failed"), then(failed("overloaded"), "A request failed"),
			then(failed("overloaded")), after(time.Minute), then(failed("upstream")),
			after(fiveMinutes, "1 more request failed", "1 more request failed"),
		},
		"a failure whose cause is told as a state is not told": {
			then(signedOut, lostTitle), then(failed("sign_in_needed")), after(time.Hour),
			then(signedIn, againTitle),
			then(reached, "The 5-hour limit is reached"), then(failed("usage_limit")), after(time.Minute),
			then(noCLI, "Claude Code is not usable"), then(failed("cli_missing")), after(fiveMinutes),
		},
		"a failure that comes just before the state of its cause is not told either": {
			then(failed("sign_in_needed")), then(signedOut, lostTitle), after(time.Hour),
		},
		"a failure whose cause no state tells is told": {
			then(failed("sign_in_needed")), after(3*time.Second, "A request failed"),
		},
		"who stops the proxy knows that requests end": {
			then(stopping), then(failed("shutting_down")), after(time.Hour),
		},
		"a window nearly used and reached, once each": {
			then(used(.5)), then(used(.79)), then(used(.83), "The 5-hour limit is 83 % used"), then(used(.9)),
			then(reached, "The 5-hour limit is reached"), then(used(.9)), then(reached), after(time.Hour),
		},
		"a reached window is not nearly used afterwards": {
			then(reached, "The 5-hour limit is reached"), then(used(.9)),
		},
		"the next window is told of again": {
			then(used(.9), "The 5-hour limit is 90 % used"), after(3 * time.Hour),
			then(window(app.Window{Name: "5-hour", Used: .85, ResetsAt: noon.Add(7 * time.Hour)}), "The 5-hour limit is 85 % used"),
		},
		"two accounts of one reset are one window": {
			then(used(.9), "The 5-hour limit is 90 % used"),
			then(window(app.Window{Name: "5-hour", Used: .9, ResetsAt: fiveHours.ResetsAt.Add(-time.Minute)})),
			then(window(app.Window{Name: "5-hour", Used: .9})), then(used(.91)),
		},
		"a limit that is not known any more is over without a word": {
			then(reached, "The 5-hour limit is reached"),
			then(func(s *app.State) { s.Phase, s.Trouble, s.Health.Windows = app.Running, nil, nil }), after(time.Hour),
			then(reached),
		},
		"a window without a date ends when it is free again": {
			then(window(app.Window{Name: "weekly", Used: .9}), "The weekly limit is 90 % used"), then(window(app.Window{Name: "weekly", Used: .95})),
			then(window(app.Window{Name: "weekly", Used: .1})), then(window(app.Window{Name: "weekly", Used: .9}), "The weekly limit is 90 % used"),
		},
		"a window of unknown use": {
			then(window(app.Window{Name: "weekly", Used: -1})),
			then(window(app.Window{Name: "weekly", Used: -1, Reached: true}), "The weekly limit is reached"),
		},
		"a window that was reset already is old news": {
			after(2 * time.Hour), then(reached),
		},
		"a taken port once, until it runs or is given up": {
			then(down(portTaken), "Port 3456 is in use"), then(starting), then(down(portTaken)), after(24 * time.Hour),
			then(func(s *app.State) { s.Phase, s.Trouble = app.Stopped, nil }), then(starting),
			then(down(portTaken), "Port 3456 is in use"), then(starting), then(started), then(down(portTaken), "Port 3456 is in use"),
		},
		"another trouble at the next start": {
			then(down(portTaken), "Port 3456 is in use"), then(starting),
			then(down(app.Trouble{Kind: app.CannotStart, Message: "No."}), "The proxy could not start"),
		},
		"a listener that was lost": {
			then(down(app.Trouble{Kind: app.ListenerLost, Message: "Gone."}), "The proxy has stopped"), then(starting), then(started),
		},
		"a settings problem once per text": {
			then(problem("a"), "The settings file is not right"), then(problem("a")), then(problem("b"), "The settings file is not right"),
			then(problem("")), then(problem("b"), "The settings file is not right"),
		},
		"a settings problem that is the trouble is one notice": {
			then(func(s *app.State) {
				problem("a")(s)
				down(app.Trouble{Kind: app.BadSettings, Message: "a"})(s)
			}, "The settings file is not right"),
			then(problem("b"), "The settings file is not right"),
		},
		"a missing CLI, and back": {
			then(noCLI, "Claude Code is not usable"), then(stopping), then(starting), then(started), then(noCLI),
			after(24 * time.Hour), then(cliFound, "Claude Code is back"), then(noCLI, "Claude Code is not usable"),
		},
		"a CLI that comes back in another version is one notice": {
			then(noCLI, "Claude Code is not usable"),
			then(func(s *app.State) { cliFound(s); s.Health.CLIVersion = "2.1.400" }, "Claude Code is back"),
		},
		"a CLI that was updated": {
			then(cli("/usr/bin/claude", "2.1.400"), "Claude Code was updated"), then(cli("", "")),
			then(cli("/usr/bin/claude", "2.1.401"), "Claude Code was updated"),
			then(cli("/opt/claude", "2.1.401"), "Another Claude Code is in use"), after(24 * time.Hour),
		},
		"another CLI after a restart is what was asked for": {
			then(stopping), then(starting), then(started), then(cli("/opt/claude", "2.1.400")),
		},
		"nothing while switched off, and what is still true afterwards": {
			then(notifications(false)), then(signedOut), then(failed("upstream")), then(problem("a")), then(used(.9)),
			then(cli("/opt/claude", "2.1.400")), after(24 * time.Hour),
			then(notifications(true), lostTitle, "The settings file is not right"),
			then(notifications(false)), then(notifications(true)), // told is told
		},
		"a trouble that came and went while switched off is not told": {
			then(notifications(false)), then(signedOut), then(signedIn), then(noCLI), then(cliFound),
			then(down(portTaken)), then(starting), then(started), then(notifications(true)), after(24 * time.Hour),
		},
		"failures that were held back are dropped when switched off": {
			then(failed("upstream"), "A request failed"), then(failed("upstream")), then(notifications(false)),
			after(time.Hour), then(notifications(true)), after(time.Hour),
		},
		"a trouble that was there before the app": {
			then(func(s *app.State) { *s = running(); signedOut(s) }, lostTitle),
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			for i, step := range steps {
				got := w.wait(step.wait)
				if step.change != nil {
					got = append(got, w.to(step.change)...)
				}
				assert.Equal(t, append(none, step.want...), got, "step %d", i+1)
				assert.Empty(t, w.to(func(*app.State) {}), "nothing changed after step %d", i+1)
			}
		})
	}
}

func TestNoMoreThanSixAnHourAndTheRestIsCounted(t *testing.T) {
	w := newWorld()
	kind := func(i int) func(*app.State) { return window(app.Window{Name: fmt.Sprint(i), Used: .9}) }
	for i := range 6 {
		require.Len(t, w.to(kind(i)), 1)
		w.wait(time.Minute)
	}
	for i := range 3 {
		assert.Empty(t, w.to(kind(10+i)))
		assert.Len(t, w.last.swallowed, 1, "for the log")
	}
	assert.Empty(t, w.wait(54*time.Minute-time.Second), "54 min before the first is an hour old")
	w.wait(time.Second)
	assert.Equal(t, []string{"The 20 limit is 90 % used"}, w.to(kind(20)))
	assert.Equal(t, "Requests will be refused when it is used up. … and 3 more notices, see the log", w.body())
	w.wait(time.Hour)
	require.Len(t, w.to(kind(21)), 1)
	assert.NotContains(t, w.body(), "more notice", "told once")
}

func TestTheFirstWordOfSomethingUrgentIsNeverSwallowed(t *testing.T) {
	w := newWorld()
	for i := range 8 {
		w.to(window(app.Window{Name: fmt.Sprint(i), Used: .9}))
	}
	assert.Equal(t, []string{lostTitle}, w.to(signedOut))
	assert.True(t, strings.HasSuffix(w.body(), "signin. … and 2 more notices, see the log"), w.body())
	assert.Equal(t, []string{"Signed in again"}, w.to(signedIn), "the loss is not the last word")
}

// A window counts as told once it was: a notice that the limit swallows never comes.
func TestThatALimitIsReachedIsNeverSwallowed(t *testing.T) {
	fiveHours := func(used float64) app.Window {
		return app.Window{Name: "5-hour", ResetsAt: noon.Add(4 * time.Hour), Used: used, Reached: used == 1}
	}
	nearly := func(w *world) { w.to(window(fiveHours(.9))) }
	others := func(w *world) {
		for i := range 6 {
			w.to(window(app.Window{Name: fmt.Sprint(i), Used: .9}))
		}
	}
	for name, before := range map[string][]func(*world){
		"at once":                      {others},
		"after it was told to be near": {nearly, others},
		"after that was swallowed":     {others, nearly},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			for _, do := range before {
				do(w)
			}
			assert.Equal(t, []string{"The 5-hour limit is reached"}, w.to(window(fiveHours(1))))
		})
	}
}

func TestARemindersTurnComesWhenThereIsRoom(t *testing.T) {
	w := newWorld()
	w.to(signedOut)
	w.wait(6*time.Hour - time.Minute)
	for i := range 6 {
		w.to(window(app.Window{Name: fmt.Sprint(i), Used: .9}))
	}
	assert.Empty(t, w.wait(59*time.Minute))
	assert.Equal(t, []string{reminderTitle}, w.wait(time.Minute))
	assert.NotContains(t, w.body(), "more notice", "it was put off, not swallowed")
}

func TestFailuresWaitForRoomAndKeepTheirCount(t *testing.T) {
	w := newWorld()
	for i := range 6 {
		w.to(window(app.Window{Name: fmt.Sprint(i), Used: .9}))
	}
	assert.Empty(t, w.to(failed("upstream")))
	assert.Empty(t, w.to(failed("upstream")))
	assert.Empty(t, w.wait(time.Hour-time.Second))
	assert.Equal(t, []string{"2 requests failed"}, w.wait(time.Second))
	assert.NotContains(t, w.body(), "more notice")
}

func TestAClockThatIsSetBackSilencesNothing(t *testing.T) {
	w := newWorld()
	w.to(signedOut)
	for i := range 5 {
		w.to(window(app.Window{Name: fmt.Sprint(i), Used: .9}))
	}
	w.to(failed("upstream"))
	w.now = w.now.Add(-365 * 24 * time.Hour)
	assert.Equal(t, []string{"A request failed", reminderTitle}, w.to(func(*app.State) {}))
	assert.Equal(t, []string{"1 more request failed"}, append(w.to(failed("upstream")), w.wait(5*time.Minute)...))
}
