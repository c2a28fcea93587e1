package soak

import (
	"context"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestTheAppIsKilledAtManyMoments: no process of the CLI outlives it by more than a second,
// and the next start works and leaves nothing of the former one.
func TestTheAppIsKilledAtManyMoments(t *testing.T) {
	if testing.Short() {
		t.Skip("starts the program many times")
	}
	for _, c := range []struct {
		cli   string
		times int
		// busy is how much happens in a run at most until it is killed, as news counts it.
		busy int
	}{{scripted, 50, 150}, {"2.1.330", 5, 12}} {
		t.Run(c.cli, func(t *testing.T) {
			s := newScene(t, c.cli)
			random := rand.New(rand.NewPCG(s.seed, 3))
			for i := range c.times {
				if random.IntN(5) == 0 {
					s.crashWhileStarting(random)
				} else {
					s.crashWhileBusy(t.Context(), uint64(i), 1+random.IntN(c.busy))
				}
				began := time.Now()
				gone := within(time.Second, func() bool { return len(s.processes()) == 0 })
				require.True(t, gone, "crash %d: processes %v still live after %s", i, s.processes(), time.Since(began))
			}
			s.startAfterCrash(t.Context())
			s.rest()
			s.quit()
			assert.Empty(t, s.processes(), "processes that outlive the program")
			assert.Empty(t, s.instances(), "run directories")
			if s.standIn != nil { // the real CLI has files of its own there
				assert.Empty(t, filesBelow(s.temporary()), "temporary files")
			}
		})
	}
}

// crashWhileStarting kills the app before it has said that it runs.
func (s *scene) crashWhileStarting(random *rand.Rand) {
	s.t.Helper()
	s.begin()
	if s.standIn != nil && random.IntN(2) == 0 {
		ctx, cancel := context.WithTimeout(s.t.Context(), patience)
		defer cancel()
		require.NoError(s.t, s.news.after(ctx, 1+random.IntN(4)), "its first process")
	}
	s.process.Kill()
}

// crashWhileBusy kills the app after so much has happened.
func (s *scene) crashWhileBusy(ctx context.Context, round uint64, happened int) {
	s.t.Helper()
	s.startAfterCrash(ctx)
	s.endWhileBusy(ctx, round, happened, s.process.Kill)
}

// endWhileBusy ends the proxy in some way after so much has happened.
func (s *scene) endWhileBusy(ctx context.Context, round uint64, happened int, end func()) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var ended atomic.Bool
	l := &load{
		scene: s, ledger: newLedger(), first: 1000 * round,
		mix: mix{workers: 4, leaves: 10, kills: 5, turns: 5, scripted: s.standIn != nil},
		progress: func() float64 {
			if ended.Load() {
				return 1
			}
			return 0
		},
		appGone: ended.Load,
	}
	var running sync.WaitGroup
	running.Go(func() { l.run(ctx) })
	err := s.news.after(ctx, happened)
	ended.Store(true) // before it: what fails from now on may
	end()
	running.Wait()
	require.NoError(s.t, err, "the load to go on; %d requests so far", l.ledger.requests())
	assert.Empty(s.t, s.news.askedTwice(), "requests that the model got twice")
	for _, bad := range l.ledger.bad {
		s.t.Errorf("%s", bad)
	}
}

// startAfterCrash starts the app and sees that it answers, and that the one before it is
// cleaned up.
func (s *scene) startAfterCrash(ctx context.Context) {
	s.t.Helper()
	before := s.instances()
	s.start()
	s.answers(ctx, s.news)
	now := s.instances()
	assert.Len(s.t, now, 1, "run directories")
	for _, name := range before {
		assert.NotContains(s.t, now, name, "the run directory of an app that was killed")
	}
}

// TestAProxyThatIsStoppedWhileItIsBusyComesBack: whatever goes on, what a stopped proxy has
// is what it had the first time.
func TestAProxyThatIsStoppedWhileItIsBusyComesBack(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute")
	}
	s := newScene(t, scripted)
	random := rand.New(rand.NewPCG(s.seed, 4))
	s.start()
	s.answers(t.Context(), s.news)
	s.do("stop")
	before, err := s.census()
	require.NoError(t, err)
	for i := range 8 {
		s.do("start")
		s.endWhileBusy(t.Context(), uint64(i), 1+random.IntN(150), func() { s.do("stop") })
		s.asBefore(before)
	}
	s.quit()
	assert.Empty(t, filesBelow(s.temporary()), "temporary files")
}
