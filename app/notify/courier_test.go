package notify

import (
	"context"
	"errors"
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

// journal is a log that a test reads.
type journal struct {
	mu    sync.Mutex
	lines strings.Builder
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.lines.Write(p)
}

// count is how many lines say this.
func (j *journal) count(text string) int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return strings.Count(j.lines.String(), text)
}

// posted is a courier in a bubble, whose sender does what send does.
func posted(t *testing.T, send func(context.Context, app.Notice) error, test func(c *courier, f *fakeSender, j *journal)) {
	synctest.Test(t, func(t *testing.T) {
		f, j := &fakeSender{send: send}, &journal{}
		log := slog.New(slog.NewTextHandler(j, &slog.HandlerOptions{Level: slog.LevelInfo}))
		test(newCourier(f, 10*time.Second, log), f, j)
	})
}

func titled(title string) app.Notice { return app.Notice{Title: title} }

func TestNoticesAreShownInOrderAndAllBeforeTheEnd(t *testing.T) {
	slow := func(context.Context, app.Notice) error { time.Sleep(time.Second); return nil }
	posted(t, slow, func(c *courier, f *fakeSender, _ *journal) {
		for _, title := range []string{"a", "b", "c"} {
			c.give(titled(title))
		}
		require.NoError(t, c.close(context.Background()))
		assert.Equal(t, []string{"a", "b", "c"}, f.titles())
		c.give(titled("late"))
		synctest.Wait()
		assert.Len(t, f.titles(), 3)
	})
}

func TestADesktopThatHangsHoldsUpNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		var calls int
		hangs := func(context.Context, app.Notice) error { // and does not mind its context
			if calls++; calls == 1 {
				<-release
			}
			return nil
		}
		f, j := &fakeSender{send: hangs}, &journal{}
		c := newCourier(f, 10*time.Second, slog.New(slog.NewTextHandler(j, nil)))
		c.give(titled("a"))
		c.give(titled("b"))
		time.Sleep(11 * time.Second)
		synctest.Wait()
		assert.Equal(t, 1, calls, "one call at a time is left behind")
		assert.Equal(t, 1, j.count("does not take a notice"))
		assert.Equal(t, 1, j.count("is dropped"), "b")
		c.give(titled("c"))
		synctest.Wait()
		assert.Equal(t, 2, j.count("is dropped"), "c")

		close(release)
		synctest.Wait()
		c.give(titled("d"))
		require.NoError(t, c.close(context.Background()))
		assert.Equal(t, []string{"a", "d"}, f.titles())
	})
}

func TestTheEndDoesNotWaitForADesktopThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		f := &fakeSender{send: func(context.Context, app.Notice) error { <-release; return nil }}
		c := newCourier(f, 10*time.Second, slog.New(slog.DiscardHandler))
		c.give(titled("a"))
		c.give(titled("b"))
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		began := time.Now()
		require.ErrorIs(t, c.close(ctx), context.DeadlineExceeded)
		assert.Equal(t, time.Second, time.Since(began))
		close(release) // nothing else is left in the bubble
	})
}

func TestASenderThatMindsItsDeadlineIsAskedAgain(t *testing.T) {
	minds := func(ctx context.Context, _ app.Notice) error { <-ctx.Done(); return ctx.Err() }
	posted(t, minds, func(c *courier, _ *fakeSender, j *journal) {
		for range 3 {
			c.give(titled("a"))
			time.Sleep(11 * time.Second)
		}
		assert.Equal(t, 3, j.count("does not take a notice"))
		assert.Equal(t, 0, j.count("is dropped"))
		require.NoError(t, c.close(context.Background()))
	})
}

func TestOnlyTheNewestNoticesWaitForASlowDesktop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		f, j := &fakeSender{send: func(context.Context, app.Notice) error { <-release; return nil }}, &journal{}
		c := newCourier(f, time.Hour, slog.New(slog.NewTextHandler(j, nil)))
		c.give(titled("at work"))
		synctest.Wait()
		for range 3 {
			c.give(titled("old"))
		}
		for range queueLength {
			c.give(titled("new"))
		}
		assert.Equal(t, 3, j.count("title=old"))
		close(release)
		require.NoError(t, c.close(context.Background()))
		assert.Len(t, f.titles(), 1+queueLength)
		assert.NotContains(t, f.titles(), "old")
	})
}

func TestADesktopWithoutNoticesIsMentionedOnce(t *testing.T) {
	absent := true
	send := func(context.Context, app.Notice) error {
		if absent {
			return errors.New("nobody is there")
		}
		return nil
	}
	posted(t, send, func(c *courier, _ *fakeSender, j *journal) {
		for range 5 {
			c.give(titled("a"))
		}
		synctest.Wait()
		assert.Equal(t, 1, j.count("nobody is there"))
		absent = false
		c.give(titled("b"))
		require.NoError(t, c.close(context.Background()))
		assert.Equal(t, 1, j.count("can be shown again"))
	})
}
