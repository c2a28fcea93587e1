package process

import "time"

// Ladder says how patiently a process is stopped.
type Ladder struct {
	// EOF is how long to wait after closing stdin; 0 is 1 s, negative does not wait.
	// The idle CLI takes 0.1 to 0.2 s.
	EOF time.Duration
	// Term is how long to wait after SIGTERM; 0 is 2 s, negative does not wait. Windows
	// has no such signal and no such wait.
	Term time.Duration
}

const (
	defaultEOF  = time.Second
	defaultTerm = 2 * time.Second
)

func orDefault(d, fallback time.Duration) time.Duration {
	if d == 0 {
		return fallback
	}
	return d
}

// Stop ends the process and its group, politely first: close stdin, wait, SIGTERM to
// the group, wait, SIGKILL to the group. It returns when the process was reaped.
// When several calls overlap, each climbs its own ladder; the fastest decides.
func (p *Process) Stop(l Ladder) {
	p.asked.Store(true)
	// Most processes that read lines end here, with nothing half done.
	_ = p.stdin.Close()
	if p.endsWithin(orDefault(l.EOF, defaultEOF)) {
		return
	}
	if canTerminate {
		p.terminate()
		if p.endsWithin(orDefault(l.Term, defaultTerm)) {
			return
		}
	}
	p.kill()
	<-p.done
}

// Kill ends the process and its group at once with SIGKILL and discards unread
// output. It returns when the process was reaped.
func (p *Process) Kill() {
	p.kill()
	<-p.done
	_ = p.stdout.Close()
}

func (p *Process) endsWithin(d time.Duration) bool {
	if d < 0 {
		d = 0
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-p.done:
		return true
	case <-t.C:
		return false
	}
}
