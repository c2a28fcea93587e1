package notify

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/app"
)

// atDesk is a desk in a bubble, which has heard that the proxy runs.
func atDesk(t *testing.T, test func(d *Desk, f *fakeSender, to func(func(*app.State)))) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeSender{}
		d := New(Config{Sender: f})
		state := running()
		d.Changed(app.State{}, state)
		test(d, f, func(change func(*app.State)) {
			before := state
			change(&state)
			d.Changed(before, state)
			synctest.Wait()
		})
		require.NoError(t, d.Close(context.Background()))
		assert.True(t, f.closed, "the sender, too")
	})
}

func TestFailuresThatWereHeldBackAreToldThoughNothingElseHappens(t *testing.T) {
	atDesk(t, func(d *Desk, f *fakeSender, to func(func(*app.State))) {
		for range 5 {
			to(failed("upstream"))
		}
		assert.Equal(t, []string{"A request failed"}, f.titles())
		time.Sleep(5*time.Minute - time.Second)
		synctest.Wait()
		assert.Len(t, f.titles(), 1)
		time.Sleep(time.Second)
		synctest.Wait()
		assert.Equal(t, []string{"A request failed", "4 more requests failed"}, f.titles())
	})
}

func TestRemindersComeThoughNothingElseHappens(t *testing.T) {
	atDesk(t, func(d *Desk, f *fakeSender, to func(func(*app.State))) {
		to(signedOut)
		time.Sleep(13 * time.Hour)
		synctest.Wait()
		assert.Equal(t, []string{lostTitle, reminderTitle, reminderTitle}, f.titles())
		to(signedIn)
		time.Sleep(13 * time.Hour)
		synctest.Wait()
		assert.Len(t, f.titles(), 4)
	})
}

func TestAnswersToClicksAreNeitherRationedNorSwitchedOff(t *testing.T) {
	atDesk(t, func(d *Desk, f *fakeSender, to func(func(*app.State))) {
		to(notifications(false))
		for range 10 {
			d.Tell(app.Notice{Title: "Base URL", Body: strings.Repeat("long ", 100)})
		}
		synctest.Wait()
		assert.Len(t, f.titles(), 10)
		to(notifications(true))
		to(signedOut)
		to(signedIn)
		assert.Len(t, f.titles(), 12, "and they do not count")
		assert.True(t, strings.HasSuffix(f.shown[0].Body, "long…"), "but they are cut")
	})
}

func TestNothingIsToldAfterTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeSender{}
		d := New(Config{Sender: f})
		s := running()
		signedOut(&s)
		d.Changed(app.State{}, s)
		require.NoError(t, d.Close(context.Background()), "what was given is still shown")
		require.NoError(t, d.Close(context.Background()), "again does nothing")
		d.Tell(app.Notice{Title: "late"})
		d.Changed(s, running())
		assert.Equal(t, []string{lostTitle}, f.titles())
	})
}

func TestADesktopThatHangsHoldsUpNeitherTheAppNorItsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		defer close(release)
		d := New(Config{Sender: &fakeSender{send: func(context.Context, app.Notice) error { <-release; return nil }}})
		began := time.Now()
		for range 100 {
			d.Tell(app.Notice{Title: "a"})
			d.Changed(app.State{}, running())
		}
		assert.Zero(t, time.Since(began))
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		require.Error(t, d.Close(ctx))
		assert.Equal(t, 2*time.Second, time.Since(began))
	})
}

func TestWhatTheLimitSwallowsIsInTheLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := &journal{}
		d := New(Config{Sender: &fakeSender{}, Log: slog.New(slog.NewTextHandler(j, nil))})
		before := running()
		for i := range 8 {
			after := before
			window(app.Window{Name: string(rune('a' + i)), Used: .9})(&after)
			d.Changed(before, after)
			before = after
		}
		assert.Equal(t, 1, j.count("The g limit is 90 % used"))
		assert.Equal(t, 1, j.count("The h limit is 90 % used"))
		assert.Equal(t, 2, j.count("too many"))
		require.NoError(t, d.Close(context.Background()))
	})
}

func TestManyMayTalkAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := New(Config{Sender: &fakeSender{}})
		var talkers sync.WaitGroup
		for range 8 {
			talkers.Go(func() {
				for range 50 {
					s := running()
					signedOut(&s)
					d.Changed(running(), s)
					d.Tell(app.Notice{Title: "a"})
					time.Sleep(time.Minute)
				}
			})
		}
		time.Sleep(25 * time.Minute)
		require.NoError(t, d.Close(context.Background()))
		talkers.Wait()
	})
}
