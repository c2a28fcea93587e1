//go:build unix

package transcript

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"github.com/google/uuid"
	"golang.org/x/sys/unix"
)

// Supported says that this system has named pipes that stand among files.
const Supported = true

// Pipe is a session of which the CLI does not know yet what is in it. Make one with
// [New]; its methods may be called by any goroutine.
type Pipe struct {
	path    string
	waiting chan struct{} // closed once somebody has opened it
	told    chan struct{} // closed by Tell, after text was set
	text    []byte

	running sync.WaitGroup
	telling sync.Once
	mu      sync.Mutex
	closed  bool
	readers map[*os.File]bool // that are being written to, so that Close can end it
}

// New makes a pipe in the directory, which has to be private, and starts to serve it, until
// Close.
func New(dir string) (*Pipe, error) {
	p := &Pipe{
		path:    filepath.Join(dir, uuid.NewString()+".jsonl"),
		waiting: make(chan struct{}), told: make(chan struct{}), readers: map[*os.File]bool{},
	}
	if err := unix.Mkfifo(p.path, 0o600); err != nil {
		return nil, fmt.Errorf("making a named pipe: %w", err)
	}
	p.running.Go(p.serve)
	return p, nil
}

// Path is what the CLI takes for its session file.
func (p *Pipe) Path() string { return p.path }

// Waiting is closed once the CLI waits for what is in the session.
func (p *Pipe) Waiting() <-chan struct{} { return p.waiting }

// Tell says what is in the session; only the first call counts. It does not wait until
// anybody has read it. The text must not be changed afterwards.
func (p *Pipe) Tell(text []byte) {
	p.telling.Do(func() {
		p.text = text
		close(p.told)
	})
}

// Close takes the session away: who opens it from now on finds nothing. It returns when
// the pipe and its goroutines are gone.
func (p *Pipe) Close() {
	p.mu.Lock()
	if !p.closed {
		p.closed = true
		// A writer that waits for a reader in open can be freed by nothing but a reader.
		if f, err := unix.Open(p.path, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0); err == nil {
			defer func() { _ = unix.Close(f) }()
		}
		_ = os.Remove(p.path) // the household's directory is removed as a whole later
		for f := range p.readers {
			_ = f.Close()
		}
	}
	p.mu.Unlock()
	p.Tell(nil)
	p.running.Wait()
}

// serve gives each reader the whole text, and all of them at once: one that has opened the
// pipe may wait for another to be served.
func (p *Pipe) serve() {
	for first := true; ; first = false {
		f, err := os.OpenFile(p.path, os.O_WRONLY, 0) // waits for a reader
		if err != nil {
			return // it was removed
		}
		if first {
			close(p.waiting)
			<-p.told
		}
		if !p.next(f) {
			_ = f.Close()
			return
		}
		p.running.Go(func() { p.write(f) })
	}
}

func (p *Pipe) write(f *os.File) {
	_, _ = f.Write(p.text) // a reader may have seen enough before the end
	p.mu.Lock()
	delete(p.readers, f)
	p.mu.Unlock()
	_ = f.Close()
}

// next puts a fresh pipe in the place of the one that is served now, and notes that
// one. It says false when there is nobody to serve any more.
func (p *Pipe) next(f *os.File) bool {
	fresh := p.path + ".next"
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || unix.Mkfifo(fresh, 0o600) != nil {
		return false
	}
	if os.Rename(fresh, p.path) != nil {
		_ = os.Remove(fresh)
		return false
	}
	p.readers[f] = true
	return true
}
