package notify

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"claude-max-api-proxy/app"
)

// Sender shows a notice on the desktop, and waits for it. Send is never called twice
// at once. It should end with ctx; where that cannot be had, it is left behind, and
// Close may be called while it is still at it.
type Sender interface {
	Send(ctx context.Context, n app.Notice) error
	Close() error
}

// queueLength is how many notices may wait for the desktop.
const queueLength = 16

// courier hands notices to a sender that may block for ever.
//
//	give ──► waiting ──► deliver ──► Sender.Send, in a goroutine with a deadline
//	       oldest is                    │ not back in time
//	       dropped                      ▼
//	                                 blocked: what comes is dropped until it is back
type courier struct {
	sender   Sender
	patience time.Duration
	log      *slog.Logger

	mu      sync.Mutex
	waiting []app.Notice
	closed  bool

	wake chan struct{} // something waits, or closed
	gone chan struct{} // run has returned
	life context.Context
	end  context.CancelFunc

	// Only run's goroutine uses these.
	blocked <-chan error // the call that was left behind; nil for none
	failing bool         // the last one was not shown, and the log says why
}

func newCourier(s Sender, patience time.Duration, log *slog.Logger) *courier {
	c := &courier{
		sender: s, patience: patience, log: log,
		wake: make(chan struct{}, 1), gone: make(chan struct{}),
	}
	c.life, c.end = context.WithCancel(context.Background())
	go c.run() // close waits for it
	return c
}

// give takes a notice over. It does not wait.
func (c *courier) give(n app.Notice) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return
	}
	if len(c.waiting) == queueLength {
		c.log.Info("a notice is dropped: the desktop is too slow", "title", c.waiting[0].Title)
		c.waiting = c.waiting[1:]
	}
	c.waiting = append(c.waiting, n)
	c.rouse()
}

// close has everything shown that still waits, as long as ctx allows.
func (c *courier) close(ctx context.Context) error {
	c.mu.Lock()
	c.closed = true
	c.rouse()
	c.mu.Unlock()
	defer c.end()
	select {
	case <-c.gone:
		return nil
	case <-ctx.Done():
	}
	c.end()
	<-c.gone
	return context.Cause(ctx)
}

func (c *courier) rouse() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

func (c *courier) run() {
	defer close(c.gone)
	for c.life.Err() == nil {
		n, some, closed := c.take()
		switch {
		case some:
			c.deliver(n)
		case closed:
			return
		default:
			<-c.wake
		}
	}
}

func (c *courier) take() (n app.Notice, some, closed bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.waiting) == 0 {
		return n, false, c.closed
	}
	n, c.waiting = c.waiting[0], c.waiting[1:]
	return n, true, c.closed
}

func (c *courier) deliver(n app.Notice) {
	if c.blocked != nil {
		select {
		case err := <-c.blocked:
			c.blocked = nil
			c.conclude(err)
		default:
			c.log.Info("a notice is dropped: the desktop has not taken an earlier one yet", "title", n.Title)
			return
		}
	}
	ctx, cancel := context.WithTimeout(c.life, c.patience)
	defer cancel()
	result := make(chan error, 1)
	go func() { result <- c.sender.Send(ctx, n) }() // left behind if it does not end
	select {
	case err := <-result:
		c.conclude(err)
	case <-ctx.Done():
		c.blocked = result
		if c.life.Err() == nil {
			c.log.Warn("the desktop does not take a notice", "title", n.Title, "waited", c.patience)
		}
	}
}

// conclude logs what is new in how a notice fared. A desktop without a place for
// notices is common and no reason to speak of it each time.
func (c *courier) conclude(err error) {
	switch {
	case err == nil && c.failing:
		c.log.Info("notices can be shown again")
	case err != nil && !c.failing:
		c.log.Info("notices cannot be shown", "cause", err)
	case err != nil:
		c.log.Debug("a notice could not be shown", "cause", err)
	}
	c.failing = err != nil
}
