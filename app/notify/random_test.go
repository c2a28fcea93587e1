package notify

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"

	"claude-max-api-proxy/app"
)

// shownAt is a notice and when it was shown.
type shownAt struct {
	app.Notice
	at      time.Time
	episode int // of the sign-in
}

// exempt are the beginnings of troubles and, so that none of them is the last word, their
// ends.
func (n shownAt) exempt() bool {
	return n.Urgent && n.Title != reminderTitle || n.Title == "Signed in again" || n.Title == "Claude Code is back" ||
		strings.HasSuffix(n.Title, "limit is reached")
}

// failuresTold reads how many failures a notice tells of.
func failuresTold(title string) int {
	count, said, _ := strings.Cut(title, " ")
	switch said = strings.TrimPrefix(said, "more "); {
	case title == "A request failed":
		return 1
	case said == "requests failed", said == "request failed":
		n, err := strconv.Atoi(count)
		if err == nil {
			return n
		}
	}
	return 0
}

// life lets a policy live through random days and writes down what a person saw.
type life struct {
	*world
	shown   []shownAt
	episode int  // counts the episodes of a lost sign-in
	lost    bool // one is going on
	failed  int  // requests, of kinds that no state tells of
}

func (l *life) write(v verdict) {
	for _, n := range v.shown {
		l.shown = append(l.shown, shownAt{n, l.now, l.episode})
	}
}

// change is a step of the life; it checks what must hold after each one.
func (l *life) change(t *rapid.T, change func(*app.State)) {
	before := l.state
	change(&l.state)
	switch {
	case needs(l.state, app.SignInNeeded):
		if !l.lost {
			l.episode, l.lost = l.episode+1, true
		}
	case !l.state.Phase.Serving():
	case l.state.Health.SignIn == app.SignedIn:
		l.lost = false
	case needs(before, app.SignInNeeded) && l.state.Trouble == nil && l.state.Health.SignIn == app.SignInUnknown:
		l.lost = false
	}
	v := l.policy.changed(before, l.state, l.now)
	l.write(v)
	if !l.state.Settings.Notifications {
		assert.Empty(t, v, "switched off")
	}
	again := l.policy.changed(l.state, l.state, l.now)
	assert.Empty(t, again.shown, "nothing changed")
	assert.Empty(t, again.swallowed, "nothing changed")
	l.checkNext(t)
}

// pass lets time go by.
func (l *life) pass(t *rapid.T, d time.Duration) {
	for end := l.now.Add(d); ; {
		next := l.policy.next(l.now)
		if next.IsZero() || next.After(end) {
			l.now = end
			return
		}
		l.now = next
		l.write(l.policy.due(l.now))
		l.checkNext(t)
	}
}

// checkNext: a timer that would fire at once, again and again, eats the machine.
func (l *life) checkNext(t *rapid.T) {
	if next := l.policy.next(l.now); !next.IsZero() {
		assert.True(t, next.After(l.now), "what is due was told")
	}
}

func (l *life) check(t *rapid.T) {
	reminded := map[int]time.Time{}
	windows := map[string]bool{}
	for i, n := range l.shown {
		if !n.exempt() {
			within := 0
			for _, earlier := range l.shown[:i+1] {
				if n.at.Sub(earlier.at) < time.Hour {
					within++
				}
			}
			assert.LessOrEqual(t, within, 6, "within the hour before %s at %s", n.Title, n.at)
		}
		if n.Title == lostTitle || n.Title == reminderTitle {
			if last, ok := reminded[n.episode]; ok {
				assert.GreaterOrEqual(t, n.at.Sub(last), 6*time.Hour, "in one episode")
				assert.Equal(t, reminderTitle, n.Title)
			}
			reminded[n.episode] = n.at
		}
		if strings.HasPrefix(n.Title, "The w") {
			key := n.Title[:len("The w9 limit is ")] + strconv.FormatBool(strings.Contains(n.Title, "used"))
			assert.False(t, windows[key], "%s again", key)
			windows[key] = true
		}
		assert.Equal(t, n.Notice, fit(n.Notice, ""), "fits")
	}
}

func TestWhateverHappensAPersonIsNotBuried(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { play(t, true) })
}

func TestEveryFailureIsToldInTheEnd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := play(t, false)
		l.pass(t, 48*time.Hour)
		told := 0
		for _, n := range l.shown {
			told += failuresTold(n.Title)
		}
		assert.Equal(t, l.failed, told)
	})
}

// play lives a random life; switches says whether notices are switched off and on.
func play(t *rapid.T, switches bool) *life {
	l := &life{world: newWorld()}
	minutes := rapid.SampledFrom([]int{0, 1, 3, 5, 20, 60, 200, 500})
	serving := func() {
		if !l.state.Phase.Serving() {
			t.Skip("nothing runs")
		}
	}
	actions := map[string]func(*rapid.T){
		"": func(t *rapid.T) { l.check(t) },
		"time": func(t *rapid.T) {
			l.pass(t, time.Duration(minutes.Draw(t, "minutes"))*time.Minute)
		},
		"signed out": func(t *rapid.T) { serving(); l.change(t, signedOut) },
		"signed in":  func(t *rapid.T) { serving(); l.change(t, signedIn) },
		"login forgotten": func(t *rapid.T) {
			serving()
			l.change(t, func(s *app.State) { s.Health.SignIn, s.Phase, s.Trouble = app.SignInUnknown, app.Running, nil })
		},
		"no CLI": func(t *rapid.T) { serving(); l.change(t, noCLI) },
		"CLI": func(t *rapid.T) {
			serving()
			version := rapid.SampledFrom([]string{"1", "2"}).Draw(t, "version")
			l.change(t, func(s *app.State) {
				signedOut := s.Health.SignIn == app.SignedOut
				cliFound(s)
				s.Health.CLIVersion = version
				if signedOut {
					attention(s, app.Trouble{Kind: app.SignInNeeded})
				}
			})
		},
		"restart": func(t *rapid.T) { l.change(t, stopping); l.change(t, starting); l.change(t, started) },
		"down": func(t *rapid.T) {
			kind := rapid.SampledFrom([]app.TroubleKind{app.PortTaken, app.ListenerLost, app.CannotStart, app.BadSettings})
			l.change(t, down(app.Trouble{Kind: kind.Draw(t, "kind"), Message: "a"}))
		},
		"settings": func(t *rapid.T) {
			problem := rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "problem")
			l.change(t, func(s *app.State) { s.SettingsProblem = problem })
		},
		"failure": func(t *rapid.T) {
			l.failed++
			l.change(t, failed(rapid.SampledFrom([]string{"upstream", "overloaded", "timeout"}).Draw(t, "kind")))
		},
		"failure with a cause": func(t *rapid.T) {
			if !switches { // whether it is told depends on much
				t.Skip("not counted")
			}
			l.change(t, failed(rapid.SampledFrom([]string{"sign_in_needed", "usage_limit", "cli_missing"}).Draw(t, "kind")))
		},
		"window": func(t *rapid.T) {
			serving()
			n := rapid.IntRange(0, 9).Draw(t, "window")
			w := app.Window{Name: fmt.Sprintf("w%d", n), ResetsAt: noon.Add(time.Duration(n) * 24 * time.Hour)}
			w.Used = rapid.Float64Range(-1, 1).Draw(t, "used")
			w.Reached = rapid.Bool().Draw(t, "reached")
			l.change(t, window(w))
		},
	}
	if switches {
		actions["switch"] = func(t *rapid.T) { l.change(t, notifications(!l.state.Settings.Notifications)) }
	}
	t.Repeat(actions)
	return l
}
