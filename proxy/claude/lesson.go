package claude

import (
	"context"
	"slices"
	"time"
)

// A lesson is how the driver gets to know a CLI, see learn. It needs a process, and while all are
// busy it waits for one as requests do, but as long as it takes. The requests that wait for the
// lesson are in the queue, too, and have its bounds.

// installed returns the CLI at hand, learning it first when it is new or has
// changed. All who come meanwhile wait for the same lesson.
func (d *Driver) installed(ctx context.Context) (*installation, error) {
	if i := d.atHand(); i != nil {
		return i, nil
	}
	return d.await(ctx, nil)
}

// installedFor is installed for a request.
func (d *Driver) installedFor(ctx context.Context) (*installation, error) {
	if i := d.atHand(); i != nil {
		return i, nil
	}
	if err := d.pool.attend(); err != nil {
		return nil, err
	}
	defer d.pool.attended()
	patience := time.NewTicker(d.pool.config.QueueTimeout)
	defer patience.Stop()
	return d.await(ctx, patience.C)
}

// atHand is the CLI that was learned; nil when it is another one now.
func (d *Driver) atHand() *installation {
	if i := d.known(); i != nil && i.current() {
		return i
	}
	return nil
}

// await returns when the CLI was learned, or when patience ends while the lesson waits for a process.
func (d *Driver) await(ctx context.Context, patience <-chan time.Time) (*installation, error) {
	lesson := d.lessons.DoChan("", func() (any, error) { return d.learn() })
	for {
		select {
		case r := <-lesson:
			if r.Err != nil {
				return nil, r.Err
			}
			return r.Val.(*installation), nil
		case <-patience:
			if err := d.pool.overdue(); err != nil {
				return nil, err
			}
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// attend counts a request that waits for a lesson, if the queue has room for it: that is beside
// those that will get a process at once.
func (p *pool) attend() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	free := p.config.MaxProcesses
	for _, forRequest := range p.busy {
		if forRequest {
			free--
		}
	}
	if n := p.queued(); n >= p.config.MaxQueue+free {
		return p.crowded(n)
	}
	p.learning++
	return nil
}

func (p *pool) attended() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.learning--
}

// overdue refuses a request that has waited long enough for a process, not one that waits while
// the CLI is asked: that has a limit of its own.
func (p *pool) overdue() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.lessonWaits() {
		return nil
	}
	return p.tooLate()
}

// queued counts the requests that wait. Call with mu held.
func (p *pool) queued() int {
	n := len(p.waiting) + p.learning
	if p.lessonWaits() {
		n-- // it is no request
	}
	return n
}

// lessonWaits says whether a lesson waits for its process. Call with mu held.
func (p *pool) lessonWaits() bool {
	return slices.ContainsFunc(p.waiting, func(w *waiter) bool { return w.want.lesson })
}
