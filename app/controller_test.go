package app

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/app/settings"
)

// fakeRun is a proxy that serves until it is told to end, or to fail.
type fakeRun struct {
	url    string
	report Report
	fail   chan error // ends Serve by itself

	mu      sync.Mutex
	health  Health
	checks  []bool // newLogin of each Recheck
	missing error  // what Recheck finds
}

func (r *fakeRun) BaseURL() string { return r.url }

func (r *fakeRun) Serve(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case err := <-r.fail:
		return err
	}
}

func (r *fakeRun) Health() Health {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.health
}

func (r *fakeRun) Recheck(_ context.Context, newLogin bool) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.checks = append(r.checks, newLogin)
	return r.missing
}

func (r *fakeRun) lose(missing error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.missing = missing
}

func (r *fakeRun) see(h Health) {
	r.mu.Lock()
	r.health = h
	r.mu.Unlock()
	r.report.Changed()
}

// desk is a controller with a made-up world.
type desk struct {
	*Controller
	t *testing.T

	mu       sync.Mutex
	settings settings.Settings
	refuse   error // what Open says
	runs     []*fakeRun
	noClip   error
	copied   []string
	notices  []Notice
	login    bool
	ended    chan struct{}
}

// newDesk runs a controller in synctest's bubble, and ends it with the test.
func newDesk(t *testing.T) *desk {
	d := &desk{t: t, settings: settings.Default(), ended: make(chan struct{})}
	d.Controller = New(Config{Ports: Ports{
		Open: func(_ context.Context, s settings.Settings, report Report) (Run, error) {
			d.mu.Lock()
			defer d.mu.Unlock()
			if d.refuse != nil {
				return nil, d.refuse
			}
			r := &fakeRun{url: "http://localhost:" + portOf(s) + "/v1", report: report, fail: make(chan error)}
			d.runs = append(d.runs, r)
			return r, nil
		},
		ReadSettings: func() SettingsRead {
			d.mu.Lock()
			defer d.mu.Unlock()
			return SettingsRead{Settings: d.settings}
		},
		UsePort: func(port int) error {
			d.mu.Lock()
			defer d.mu.Unlock()
			d.settings.Port = port
			return nil
		},
		SetNotifications: func(on bool) error {
			d.mu.Lock()
			defer d.mu.Unlock()
			d.settings.Notifications = on
			return nil
		},
		LaunchAtLogin: d,
		Copy: func(text string) error {
			d.mu.Lock()
			defer d.mu.Unlock()
			d.copied = append(d.copied, text)
			return d.noClip
		},
		OpenClawConfig: func(url string) (string, error) { return "{" + url + "}", nil },
		Errands:        map[Action]func(State) error{OpenLog: func(State) error { return errors.New("no program for it") }},
		Tell: func(n Notice) {
			d.mu.Lock()
			defer d.mu.Unlock()
			d.notices = append(d.notices, n)
		},
	}})
	go func() {
		defer close(d.ended)
		d.Run(t.Context())
	}()
	synctest.Wait()
	return d
}

func portOf(s settings.Settings) string {
	if s.Port == 3456 {
		return "3456"
	}
	return "4000"
}

func (d *desk) Enabled() (bool, error) { return d.login, nil }
func (d *desk) Enable() error          { return errors.New("the path cannot be carried") }
func (d *desk) Disable() error         { d.login = false; return nil }

// do sends messages and lets everything come of them that comes.
func (d *desk) do(messages ...Msg) State {
	d.t.Helper()
	for _, m := range messages {
		d.Send(m)
		synctest.Wait()
	}
	return d.State()
}

func (d *desk) quit() {
	d.Send(Do{Quit})
	<-d.ended
}

func TestTheControllerOwnsTheProxysLife(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		assert.Equal(t, Running, d.State().Phase, "it starts by itself")
		assert.Equal(t, "http://localhost:3456/v1", d.State().BaseURL)
		assert.Equal(t, Stopped, d.do(Do{Stop}).Phase)
		assert.Equal(t, Running, d.do(Do{Start}).Phase)
		assert.Equal(t, Running, d.do(Do{Restart}).Phase)
		assert.Len(t, d.runs, 3)
		d.quit()
		assert.Equal(t, Stopped, d.State().Phase)
		d.Send(Do{Start}) // does not hang
		_, err := d.Await(t.Context(), func(s State) bool { return s.Phase == Running })
		assert.ErrorIs(t, err, ErrGone)
	})
}

func TestTheEndOfTheContextIsQuitting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		d := &desk{t: t, settings: settings.Default()}
		k := New(Config{Ports: Ports{
			Open: func(context.Context, settings.Settings, Report) (Run, error) {
				return &fakeRun{fail: make(chan error)}, nil
			},
			ReadSettings: func() SettingsRead { return SettingsRead{Settings: d.settings} },
		}})
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			k.Run(ctx)
		}()
		synctest.Wait()
		cancel()
		<-ended
		assert.True(t, k.State().Leaving)
	})
}

func TestAListenerThatFailsIsSeen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		d.runs[0].fail <- errors.New("the listener failed: accept: too many open files")
		synctest.Wait()
		s := d.State()
		assert.Equal(t, Failed, s.Phase)
		assert.Equal(t, ListenerLost, s.Trouble.Kind)
		assert.Equal(t, "The listener failed: accept: too many open files.", s.Trouble.Message)
		assert.Empty(t, s.BaseURL)
		assert.Equal(t, Running, d.do(Do{Start}).Phase)
		d.quit()
	})
}

func TestAPortThatIsTakenIsToldAndCanBeExchanged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		d.do(Do{Stop})
		d.refuse = &Trouble{Kind: PortTaken, Message: "Port 3456 is in use by nginx.", Holder: "nginx (process 812)", FreePort: 4000}
		s := d.do(Do{Start})
		assert.Equal(t, Failed, s.Phase)
		assert.Equal(t, "nginx (process 812)", s.Trouble.Holder)
		d.refuse = nil
		s = d.do(Do{UseFreePort})
		assert.Equal(t, Running, s.Phase)
		assert.Equal(t, "http://localhost:4000/v1", s.BaseURL)
		d.quit()
	})
}

func TestAChangedSettingsFileTakesEffect(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		d.mu.Lock()
		d.settings.Port = 4000
		d.mu.Unlock()
		time.Sleep(6 * time.Second)
		synctest.Wait()
		assert.Equal(t, "http://localhost:4000/v1", d.State().BaseURL)
		assert.Len(t, d.runs, 2)
		d.quit()
	})
}

func TestWhatTheRunSeesBecomesTheState(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		d.runs[0].see(Health{SignIn: SignedOut, Requests: 2})
		synctest.Wait()
		assert.Equal(t, Attention, d.State().Phase)
		assert.Equal(t, SignInNeeded, d.State().Trouble.Kind)
		d.runs[0].report.Failed(Failure{Kind: "overloaded", Message: "No capacity."})
		synctest.Wait()
		assert.Equal(t, Failure{Number: 1, Kind: "overloaded", Message: "No capacity."}, d.State().LastFailure)
		d.runs[0].see(Health{SignIn: SignedIn, Requests: 3})
		synctest.Wait()
		assert.Equal(t, Running, d.State().Phase)
		d.quit()
	})
}

func TestAfterSleepAndSignInEverythingIsLookedAtAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		d.do(Woke{}, LoginChanged{})
		assert.Equal(t, []bool{false, true}, d.runs[0].checks)
		d.runs[0].lose(errors.New("connection refused"))
		d.do(Woke{})
		time.Sleep(40 * time.Second)
		s := d.State()
		assert.Equal(t, Failed, s.Phase, "a dead server has no green light")
		assert.Equal(t, "The proxy does not answer any more: Connection refused.", s.Trouble.Message)
		d.quit()
	})
}

// After a sleep the network is back later than the machine.
func TestAProxyThatAnswersAgainSoonIsNotLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		r := d.runs[0]
		r.lose(errors.New("no route to host"))
		d.do(LoginChanged{})
		time.Sleep(20 * time.Second)
		r.lose(nil)
		time.Sleep(time.Minute)
		assert.Equal(t, Running, d.State().Phase)
		r.mu.Lock()
		defer r.mu.Unlock()
		assert.Equal(t, []bool{true, true, true, true, true, true}, r.checks, "the new login is not forgotten")
		d.quit()
	})
}

func TestARunThatIsToldToEndIsNotLookedAtAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		d.runs[0].lose(errors.New("no route to host"))
		d.do(Woke{})
		assert.Equal(t, Running, d.do(Do{Restart}).Phase)
		time.Sleep(time.Minute)
		assert.Len(t, d.runs[0].checks, 1)
		assert.Equal(t, Running, d.State().Phase, "what an old run lacks changes nothing")

		d.runs[1].lose(errors.New("no route to host"))
		d.do(Woke{})
		begun := time.Now()
		d.quit()
		assert.Zero(t, time.Since(begun))
	})
}

func TestWithoutAClipboardANoticeCarriesTheText(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		d.do(Do{CopyBaseURL}, Do{CopyOpenClawConfig})
		assert.Equal(t, []string{"http://localhost:3456/v1", "{http://localhost:3456/v1}"}, d.copied)
		assert.Empty(t, d.notices)
		d.noClip = errors.New("no xclip")
		d.do(Do{CopyBaseURL})
		require.Len(t, d.notices, 1)
		assert.Equal(t, "http://localhost:3456/v1", d.notices[0].Body)
		d.quit()
	})
}

func TestASwitchShowsWhatTheSystemSays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		assert.Equal(t, Off, d.State().LaunchAtLogin)
		s := d.do(Do{ToggleLaunchAtLogin})
		assert.Equal(t, Off, s.LaunchAtLogin, "it could not be switched on")
		require.Len(t, d.notices, 1)
		assert.Equal(t, "the path cannot be carried", d.notices[0].Body)
		assert.False(t, d.do(Do{ToggleNotifications}).Settings.Notifications)
		d.quit()
	})
}

func TestAnErrandThatFailsIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		d.do(Do{OpenLog})
		assert.Equal(t, []Notice{{Title: "The log could not be opened", Body: "no program for it"}}, d.notices)
		d.quit()
	})
}

func TestSleepShowsInTheClocks(t *testing.T) {
	const period = 5 * time.Second
	for name, c := range map[string]struct {
		monotonic, wall time.Duration
		want            bool
	}{
		"a quiet machine":                     {period, period, false},
		"a busy machine":                      {20 * time.Second, 20 * time.Second, false},
		"a small correction of the clock":     {period, period + 2*time.Second, false},
		"sleep where monotonic time stops":    {period, time.Hour, true},
		"sleep where it goes on":              {time.Hour, time.Hour, true},
		"the clock was set back by an hour":   {period, period - time.Hour, true},
		"the clock was set on by a half hour": {period, 30 * time.Minute, true},
	} {
		assert.Equal(t, c.want, slept(c.monotonic, c.wall, period), name)
	}
}
