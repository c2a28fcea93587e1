package soak

import (
	"context"
	"flag"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"claude-max-api-proxy/proxy/claude/claudetest"
)

// The arguments of `make soak`.
var (
	soakTime = flag.Duration("for", 0, "how long TestSoak lasts; 0 leaves it out")
	soakCLI  = flag.String("cli", "2.1.330", "the CLI of TestSoak: a version of the real one, or scripted")
	seedFlag = flag.Uint64("seed", 0, "makes the visits; 0 is a new one each time")
	workers  = flag.Int("workers", 4, "clients at once")
	requests = flag.Int("requests", 10_000, "to the scripted CLI, of the test that counts them")
	races    = flag.Bool("races", false, "build the program with Go's race detector")
	update   = flag.Bool("update", false, "write the table of TestSoak to docs/soak.md")
)

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "claude-max-api-soak-")
	if err != nil {
		panic(err)
	}
	programDir = dir
	goleak.VerifyTestMain(claudetest.Main{M: m}, goleak.Cleanup(func(code int) {
		_ = os.RemoveAll(dir)
		os.Exit(code)
	}))
}

// soak runs a load and looks whether everything comes back. It gives what there was to see.
func (s *scene) soak(ctx context.Context, m mix, progress func(*ledger) func() float64) *report {
	t := s.t
	t.Helper()
	m.scripted = s.standIn != nil
	r := &report{ledger: newLedger(), seed: s.seed, mix: m}
	look := func(into *census) {
		var err error
		*into, err = s.census()
		require.NoError(t, err)
	}
	s.start()
	s.answers(ctx, s.news)
	s.rest()
	s.do("stop")
	look(&r.before)
	s.do("start")
	s.rest()
	look(&r.start)

	if s.standIn != nil {
		s.standIn.killStarting(20)
	}
	r.load = loadAverage()
	began := time.Now()
	l := &load{
		scene: s, mix: m, ledger: r.ledger, progress: progress(r.ledger),
		parts: parts,
		partDone: func() {
			c, err := s.census() // not look: this is a worker's goroutine
			assert.NoError(t, err)
			r.note(c)
		},
	}
	l.run(ctx)
	r.took, r.kills = time.Since(began), s.kills()
	if s.standIn != nil {
		s.standIn.killStarting(0)
	}
	for _, bad := range r.ledger.bad {
		t.Errorf("%s", bad)
	}
	assert.Empty(t, s.news.askedTwice(), "requests that the model got twice")
	if r.ledger.count(hung) > 0 {
		return r // it would not come to rest
	}
	// The last one may have been killed while it started up.
	s.answers(ctx, s.news)
	s.rest()
	look(&r.end)
	if s.model != nil {
		idle, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		assert.NoError(t, s.model.WaitIdle(idle), "requests upstream that nobody waits for")
	}
	s.do("stop")
	s.comeBack(r)
	s.quit()
	assert.Empty(t, s.processes(), "processes that outlive the program")
	assert.Empty(t, s.instances(), "run directories")
	r.left = s.left()
	for in, n := range r.left {
		assert.Contains(t, keptByCLI, in, "%d files that nobody needs any more", n)
		assert.LessOrEqual(t, n, keptByCLI[in], "files in %s", in)
	}
	return r
}

// keptByCLI are the folders in which the real CLI keeps what is not of one process alone,
// its settings for instance, and how many files at most.
var keptByCLI = map[string]int{".claude": 2, ".claude/backups": 5}

// comeBack holds what a stopped proxy has against what it had before the load.
func (s *scene) comeBack(r *report) {
	t := s.t
	t.Helper()
	const most = 6 // max_processes, by default
	for _, c := range append(slices.Clone(r.during), r.start, r.end) {
		// `claude auth status` does not count.
		assert.LessOrEqual(t, c.processes, most+1, "processes under load")
	}
	r.after = s.asBefore(r.before)
	assert.Less(t, r.after.memory, 4*r.before.memory+64<<20, "memory of a stopped proxy")
	assert.LessOrEqual(t, r.ledger.count(lost), r.kills, "more requests have lost their process than processes were killed")
}

// asBefore waits until a stopped proxy has what it had before, and nothing more.
func (s *scene) asBefore(before census) (after census) {
	t := s.t
	t.Helper()
	back := within(patience/4, func() (back bool) {
		var err error
		after, err = s.census()
		require.NoError(t, err)
		return after.processes == 0 && more(before.goroutines, after.goroutines) == "" && after.descriptors <= before.descriptors
	})
	if !back {
		assert.Zero(t, after.processes, "processes of a stopped proxy")
		assert.Empty(t, more(before.goroutines, after.goroutines), "goroutines that a stopped proxy has more than before the load")
		assert.LessOrEqual(t, after.descriptors, before.descriptors, "descriptors of a stopped proxy")
	}
	assert.Empty(t, s.instances(), "run directories of a stopped proxy")
	return after
}

func TestSoak(t *testing.T) {
	if *soakTime == 0 {
		t.Skip("make soak")
	}
	s := newScene(t, *soakCLI)
	fmt.Printf("%s with the CLI %s, seed %d\n", *soakTime, *soakCLI, s.seed)
	m := mix{workers: *workers, leaves: 10, kills: 5, turns: 5}
	if s.model != nil {
		m.kills = 2
	}
	r := s.soak(t.Context(), m, func(*ledger) func() float64 { return forTime(*soakTime) })
	r.cli = *soakCLI
	fmt.Print(r.table())
	if *update && !t.Failed() {
		require.NoError(t, r.write())
	}
}

// TestTenThousandRequestsWhileProcessesAreKilledAndClientsLeave: none gets a wrong answer,
// none waits for ever, and nothing is left of them.
func TestTenThousandRequestsWhileProcessesAreKilledAndClientsLeave(t *testing.T) {
	if testing.Short() {
		t.Skip("takes minutes")
	}
	t.Parallel() // with the one below: each has a program of its own, and waits much
	s := newScene(t, scripted)
	r := s.soak(t.Context(), mix{workers: 4, leaves: 14, kills: 5, turns: 40}, func(l *ledger) func() float64 {
		return func() float64 { return float64(l.requests()) / float64(*requests) }
	})
	r.cli = scripted
	t.Log("\n" + r.table())
	assert.Empty(t, r.left, "files")
}

func TestTwoMinutesOfTheRealCLI(t *testing.T) {
	if testing.Short() {
		t.Skip("takes minutes")
	}
	t.Parallel()
	s := newScene(t, "2.1.330")
	r := s.soak(t.Context(), mix{workers: *workers, leaves: 10, kills: 2, turns: 5}, func(*ledger) func() float64 { return forTime(2 * time.Minute) })
	r.cli = "2.1.330"
	t.Log("\n" + r.table())
}
