package soak

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// load is what clients do, until progress has reached 1.
type load struct {
	scene    *scene
	mix      mix
	first    uint64 // number of the visit before the first
	ledger   *ledger
	progress func() float64
	parts    int    // of the load; after each but the last
	partDone func() // is called once
	appGone  func() bool
}

func (l *load) run(ctx context.Context) {
	c := newClient(l.scene.url+"/v1", l.scene.news)
	c.kill = l.scene.killOne
	defer c.http.CloseIdleConnections()
	var parts partsDone
	var next atomic.Uint64
	next.Store(l.first)
	var all sync.WaitGroup
	for range l.mix.workers {
		all.Go(func() {
			for ctx.Err() == nil {
				done := l.progress()
				if parts.next(done*float64(l.parts)) && done < 1 {
					l.partDone()
				}
				if done >= 1 || l.ledger.count(hung) > 0 {
					return
				}
				visit(ctx, c, l.ledger, l.mix, l.scene.seed, next.Add(1), l.appGone)
				if s := l.scene; s.model != nil {
					s.model.Reset() // or it would keep all requests
				}
			}
		})
	}
	all.Wait()
}

// partsDone counts the parts of a load.
type partsDone struct {
	mu    sync.Mutex
	count int
}

// next says, to one worker alone, that another part is done.
func (p *partsDone) next(done float64) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if int(done) <= p.count {
		return false
	}
	p.count++
	return true
}

// forTime is the progress of a load that lasts for some time.
func forTime(d time.Duration) func() float64 {
	began := time.Now()
	return func() float64 { return time.Since(began).Seconds() / d.Seconds() }
}
