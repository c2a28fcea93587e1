package app

import (
	"context"
	"errors"
	"log/slog"
	"reflect"
	"sync"
	"time"
)

// Config makes a controller. The zero value of each field but Ports is a default.
type Config struct {
	Ports Ports
	Views []View
	// Log gets what the app does, never what requests say; nil discards.
	Log *slog.Logger
	// Period is how often clock, settings file and launch at login are looked
	// at; 0 is 5 s.
	Period time.Duration
}

// Controller owns the state. Its methods may be called by any number of goroutines;
// [Controller.Run] once.
type Controller struct {
	ports  Ports
	views  []View
	log    *slog.Logger
	period time.Duration

	inbox   chan Msg
	errands chan func()
	gone    chan struct{} // closed when Run is about to return
	helpers sync.WaitGroup

	// endRun ends the run in force, and with it runLife, with a cause when nobody asked
	// for it. Only Run's goroutine touches them.
	runLife context.Context
	endRun  context.CancelCauseFunc

	mu      sync.Mutex
	run     Run // the one in force; nil for none
	state   State
	changed chan struct{} // closed and replaced with every change
}

// New reads the settings; a controller whose settings cannot be read has Failed.
func New(c Config) *Controller {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Period == 0 {
		c.Period = 5 * time.Second
	}
	k := &Controller{
		ports: c.Ports, views: c.Views, log: c.Log, period: c.Period,
		inbox: make(chan Msg, 64), errands: make(chan func(), 64),
		gone: make(chan struct{}), changed: make(chan struct{}),
	}
	read := k.ports.ReadSettings()
	k.state = State{Phase: Stopped, Settings: read.Settings, SettingsProblem: read.Problem}
	if read.Problem != "" {
		k.state.NoSettings = true
		k.state = withoutSettings(k.state)
	}
	return k
}

// Run starts the proxy and works until somebody quits or ctx ends, which is
// quitting, too. Then nothing of the app runs any more.
func (k *Controller) Run(ctx context.Context) {
	life, end := context.WithCancel(context.Background())
	defer func() {
		close(k.gone)
		end()
		close(k.errands)
		k.helpers.Wait()
	}()
	defer context.AfterFunc(ctx, func() { k.Send(Do{Quit}) })()
	k.helpers.Go(k.runErrands)
	k.helpers.Go(func() { k.watch(life) })

	first := k.State()
	for _, view := range k.views {
		view.Changed(State{}, first)
	}
	if first.Phase == Stopped {
		k.Send(Do{Start})
	}
	for m := range k.inbox {
		before := k.State()
		after, effects := step(before, m)
		k.set(before, after)
		for _, e := range effects {
			if _, last := e.(leave); last {
				return
			}
			k.perform(life, e, after)
		}
	}
}

// Send hands a message over. After the end of Run it does nothing.
func (k *Controller) Send(m Msg) {
	select {
	case k.inbox <- m:
	case <-k.gone:
	}
}

// State is how things stand.
func (k *Controller) State() State {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.state
}

// ErrGone says that the app ended meanwhile.
var ErrGone = errors.New("the app has ended")

// Await waits for a state and returns it.
func (k *Controller) Await(ctx context.Context, reached func(State) bool) (State, error) {
	for {
		k.mu.Lock()
		s, changed := k.state, k.changed
		k.mu.Unlock()
		if reached(s) {
			return s, nil
		}
		select {
		case <-changed:
		case <-k.gone:
			return s, ErrGone
		case <-ctx.Done():
			return s, context.Cause(ctx)
		}
	}
}

func (k *Controller) set(before, after State) {
	if reflect.DeepEqual(before, after) {
		return
	}
	k.mu.Lock()
	k.state = after
	close(k.changed)
	k.changed = make(chan struct{})
	k.mu.Unlock()
	for _, view := range k.views {
		view.Changed(before, after)
	}
}
