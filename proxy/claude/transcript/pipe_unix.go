//go:build unix

package transcript

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sys/unix"
)

// Supported says that this system has named pipes that stand among files.
const Supported = true

// lookInterval is how often it is looked whether somebody has opened the pipe: only while
// the CLI starts up, and between Tell and Close.
const lookInterval = 2 * time.Millisecond

// Pipe is a session of which the CLI does not know yet what is in it. Make one with
// [New]; its methods may be called by any goroutine.
type Pipe struct {
	path    string
	waiting chan struct{} // closed once somebody has opened it
	told    chan struct{} // closed by Tell, after text was set
	text    []byte
	over    chan struct{} // closed by Close

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
		waiting: make(chan struct{}), told: make(chan struct{}), over: make(chan struct{}),
		readers: map[*os.File]bool{},
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
		close(p.over)
		_ = os.Remove(p.path) // the household's directory is removed as a whole later
		for f := range p.readers {
			_ = f.Close()
		}
	}
	p.mu.Unlock()
	p.running.Wait()
}

// serve gives each reader the whole text, and all of them at once: one that has opened the
// pipe may wait for another to be served.
func (p *Pipe) serve() {
	f := p.reader()
	if f == nil {
		return
	}
	// Nobody may share the pipe with the one that waits: each would get a part of the text.
	_ = os.Remove(p.path)
	close(p.waiting)
	select {
	case <-p.told:
	case <-p.over:
		_ = f.Close()
		return
	}
	for f != nil {
		reader, more := f, p.renew(f)
		p.running.Go(func() { p.write(reader) })
		if !more {
			return
		}
		f = p.reader()
	}
}

// reader waits until somebody opens the pipe, and opens its other end; nil when there is
// nobody to wait for any more. An open that waited itself could not be ended for certain.
func (p *Pipe) reader() *os.File {
	for {
		fd, err := unix.Open(p.path, unix.O_WRONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
		switch {
		case err == nil:
			if runtime.GOOS != "linux" {
				_ = unix.SetNonblock(fd, false) // Go waits for pipes of this kind on Linux only
			}
			return os.NewFile(uintptr(fd), p.path)
		case !errors.Is(err, unix.ENXIO) && !errors.Is(err, unix.EINTR) &&
			!errors.Is(err, unix.EMFILE) && !errors.Is(err, unix.ENFILE):
			return nil // it was removed
		}
		select {
		case <-time.After(lookInterval):
		case <-p.over:
			return nil
		}
	}
}

func (p *Pipe) write(f *os.File) {
	_, _ = f.Write(p.text) // a reader may have seen enough before the end
	p.mu.Lock()
	delete(p.readers, f)
	p.mu.Unlock()
	_ = f.Close()
}

// renew puts a fresh pipe in the place of the one that f serves, and notes that one. It says
// false when no other reader can come.
func (p *Pipe) renew(f *os.File) bool {
	fresh := p.path + ".next"
	p.mu.Lock()
	defer p.mu.Unlock()
	p.readers[f] = true
	if p.closed {
		_ = f.Close()
		return false
	}
	if unix.Mkfifo(fresh, 0o600) != nil || os.Rename(fresh, p.path) != nil {
		_ = os.Remove(fresh)
		_ = os.Remove(p.path)
		return false
	}
	return true
}
