package app

import (
	"context"
	"errors"
	"time"
)

// startRun serves beside the controller, and reports.
func (k *Controller) startRun(life context.Context, e startRun) {
	ctx, end := context.WithCancelCause(life)
	k.runLife, k.endRun = ctx, end
	k.helpers.Go(func() {
		defer end(nil)
		trouble := k.serve(ctx, e)
		k.running(nil)
		k.Send(Ended{e.run, trouble})
	})
}

// serve is a run from its beginning to its end. It returns nil when it ended
// because it was told to.
func (k *Controller) serve(ctx context.Context, e startRun) *Trouble {
	changed := make(chan struct{}, 1)
	r, err := k.ports.Open(ctx, e.settings, Report{
		Changed: func() {
			select {
			case changed <- struct{}{}:
			default: // one look for all of them
			}
		},
		Failed: func(f Failure) { k.Send(RequestFailed{e.run, f}) },
	})
	if err != nil {
		return k.whyEnded(ctx, err, CannotStart)
	}
	k.running(r)
	k.Send(Started{e.run, r.BaseURL()})
	observing, stop := context.WithCancel(ctx)
	defer stop()
	k.helpers.Go(func() { k.observe(observing, e.run, r, changed) })
	return k.whyEnded(ctx, r.Serve(ctx), ListenerLost)
}

// observe looks at the run whenever something may have changed.
func (k *Controller) observe(ctx context.Context, run int, r Run, changed <-chan struct{}) {
	for {
		k.Send(Observed{run, time.Now(), r.Health()})
		select {
		case <-changed:
		case <-ctx.Done():
			return
		}
	}
}

// whyEnded tells an end that was asked for from one that a person has to know of.
func (k *Controller) whyEnded(ctx context.Context, err error, kind TroubleKind) *Trouble {
	if t, ok := errors.AsType[*Trouble](context.Cause(ctx)); ok {
		return t
	}
	if err == nil || ctx.Err() != nil {
		if err != nil && !errors.Is(err, context.Canceled) {
			k.log.Warn("stopping the proxy", "cause", err)
		}
		return nil
	}
	if t, ok := errors.AsType[*Trouble](err); ok {
		return t
	}
	return &Trouble{Kind: kind, Message: Sentence(err.Error()), Err: err}
}

// recheckPatience is for how long a run may not answer when it is looked at. After a sleep its
// address may not be there yet: networks and names come back later than the machine.
const recheckPatience = 30 * time.Second

// recheck has the run look at everything anew. One that does not answer any more
// is ended, so that it is seen to have failed.
func (k *Controller) recheck(newLogin bool) {
	ctx, end := k.runLife, k.endRun
	k.mu.Lock()
	r := k.run
	k.mu.Unlock()
	if r == nil {
		return
	}
	k.helpers.Go(func() {
		err := r.Recheck(ctx, newLogin)
		begun := time.Now()
		for pause := time.Second; err != nil && time.Since(begun) < recheckPatience; pause *= 2 {
			k.log.Info("the proxy does not answer itself; it is asked again", "cause", err)
			select {
			case <-time.After(pause):
			case <-ctx.Done():
				return
			}
			err = r.Recheck(ctx, newLogin)
		}
		if err != nil && ctx.Err() == nil {
			end(&Trouble{
				Kind: ListenerLost, Message: "The proxy does not answer any more: " + Sentence(err.Error()),
				Hint: "Start it again; the log may say more.",
			})
		}
	})
}

// running notes which run there is to look at; nil for none.
func (k *Controller) running(r Run) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.run = r
}
