package soak

import (
	"context"
	"sync"
)

// news tells what happens on the model's side: that it was asked, by the mark of the
// request, and how often anything has happened.
type news struct {
	mu      sync.Mutex
	asked   map[string]chan struct{} // by those who wait for it
	times   map[string]int           // that it was asked, by mark
	twice   []string
	moments int
	changed chan struct{}
}

func newNews() *news {
	return &news{asked: map[string]chan struct{}{}, times: map[string]int{}, changed: make(chan struct{})}
}

// expect gives what is closed once the model is asked. It has to be forgotten.
func (n *news) expect(mark string) <-chan struct{} {
	n.mu.Lock()
	defer n.mu.Unlock()
	c := make(chan struct{})
	n.asked[mark] = c
	return c
}

func (n *news) forget(mark string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.asked, mark)
}

// arrived notes that the model was asked. What it would answer costs something each time,
// so it must not be asked twice.
func (n *news) arrived(mark string, d deed) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.times[mark]++; n.times[mark] == 2 && (!d.fails() || d.name == hang || d.name == silent) {
		n.twice = append(n.twice, mark+" "+d.String())
	}
	if c, ok := n.asked[mark]; ok {
		close(c)
		delete(n.asked, mark)
	}
}

// askedTwice are the requests that the model got more than once.
func (n *news) askedTwice() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.twice
}

// moment counts something that has happened; what it was does not matter.
func (n *news) moment() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.moments++
	close(n.changed)
	n.changed = make(chan struct{})
}

// after waits until so many more moments have passed.
func (n *news) after(ctx context.Context, count int) error {
	n.mu.Lock()
	until := n.moments + count
	n.mu.Unlock()
	for {
		n.mu.Lock()
		reached, changed := n.moments >= until, n.changed
		n.mu.Unlock()
		if reached {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}
