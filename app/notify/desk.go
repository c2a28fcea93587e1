package notify

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"claude-max-api-proxy/app"
)

// Config makes a desk. The zero value of each field but Sender is a default.
type Config struct {
	// Sender shows the notices; [NewDesktop] makes the real one. The desk closes it.
	Sender Sender
	// Log gets what is not shown, and what the desktop has to say about it; nil
	// discards.
	Log *slog.Logger
	// Now is the clock; nil is time.Now. Reset times are given in its location.
	Now func() time.Time
	// Patience is how long the desktop may take for one notice; 0 is 10 s.
	Patience time.Duration
}

// Desk is an [app.View] that gives notices. Its methods may be called by any number
// of goroutines; none but Close waits for anything.
type Desk struct {
	now     func() time.Time
	log     *slog.Logger
	sender  Sender
	courier *courier

	mu     sync.Mutex
	policy policy
	closed bool

	timer   *time.Timer // fires when the policy wants to be asked again
	done    chan struct{}
	helpers sync.WaitGroup
}

var _ app.View = (*Desk)(nil)

// New starts a desk. It must be closed.
func New(c Config) *Desk {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Patience == 0 {
		c.Patience = 10 * time.Second
	}
	d := &Desk{
		now: c.Now, log: c.Log, sender: c.Sender,
		courier: newCourier(c.Sender, c.Patience, c.Log),
		timer:   time.NewTimer(time.Hour), done: make(chan struct{}),
	}
	d.timer.Stop()
	d.helpers.Go(d.keepTime)
	return d
}

// Changed implements [app.View].
func (d *Desk) Changed(before, after app.State) {
	d.consult(func(now time.Time) verdict { return d.policy.changed(before, after, now) })
}

// Tell shows the answer to what a person has just done. It is not rationed, and it is
// shown also when notices are switched off: a click without an effect looks broken.
func (d *Desk) Tell(n app.Notice) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.closed {
		d.courier.give(fit(n, ""))
	}
}

// Close shows what is still waiting, as long as ctx allows, and ends everything. Its
// error says that something was left behind. What the policy had put off is not told
// any more; the log has it.
func (d *Desk) Close(ctx context.Context) error {
	d.mu.Lock()
	if d.closed {
		d.mu.Unlock()
		return nil
	}
	d.closed = true
	d.timer.Stop()
	close(d.done)
	d.mu.Unlock()
	d.helpers.Wait()
	err := d.courier.close(ctx)
	if closing := d.sender.Close(); err == nil {
		err = closing
	}
	return err
}

// keepTime asks the policy when it is time for something that it had put off.
func (d *Desk) keepTime() {
	for {
		select {
		case <-d.timer.C:
			d.consult(d.policy.due)
		case <-d.done:
			return
		}
	}
}

// consult asks the policy and does what it says.
func (d *Desk) consult(ask func(now time.Time) verdict) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return
	}
	now := d.now().Round(0) // six hours count also while the machine sleeps
	v := ask(now)
	for _, n := range v.swallowed {
		d.log.Info("a notice is not shown, because there were too many", "title", n.Title, "body", n.Body)
	}
	for _, n := range v.shown {
		d.courier.give(n)
	}
	if next := d.policy.next(now); next.IsZero() {
		d.timer.Stop()
	} else {
		// Due in the past would only mean that the clock was set meanwhile.
		d.timer.Reset(max(next.Sub(now), time.Millisecond))
	}
}
