package process

import (
	"errors"
	"io"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// input is our end of a child's stdin.
type input struct {
	f    *os.File
	once sync.Once
	err  error
}

func (i *input) Write(b []byte) (int, error) { return i.f.Write(b) }

// Close unblocks a Write, because the pipe is non-blocking on our side.
func (i *input) Close() error {
	i.once.Do(func() { i.err = i.f.Close() })
	return i.err
}

// lateBytes bounds what is read from a pipe after drainTime, in bytes; the largest
// pipe of an unprivileged process on Linux holds as much.
const lateBytes = 1 << 20

// output is our end of a child's stdout or stderr. It closes itself at its end.
//
// The pipe ends when all holders of the other end are gone. The group was killed,
// but a process outside of it may live on and hold the pipe, or even write to it.
// So after drainTime only what is in the pipe already is taken, without waiting.
type output struct {
	f     *os.File
	ended atomic.Bool // reading is over; every Read gives io.EOF
	late  bool        // drainTime has passed; belongs to the reader
	taken int         // bytes read since; belongs to the reader
}

// processEnded says that nobody who matters writes any more.
func (o *output) processEnded() {
	// An error means that reading is over already, or that the system has no
	// deadlines for pipes: Windows, where no process can leave the job.
	_ = o.f.SetReadDeadline(time.Now().Add(drainTime))
}

func (o *output) Read(b []byte) (int, error) {
	if o.ended.Load() {
		return 0, io.EOF
	}
	if !o.late {
		n, err := o.f.Read(b)
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			if err != nil {
				o.Close()
				err = io.EOF // closed by us, or broken: over in any case
			}
			return n, err
		}
		o.late = true
		_ = o.f.SetReadDeadline(time.Time{}) // it would also fail a read that need not wait
	}
	n, _ := readNow(o.f, b)
	o.taken += n
	if n <= 0 || o.taken > lateBytes {
		o.Close()
		return 0, io.EOF
	}
	return n, nil
}

// Close discards what was not read and ends a Read under way.
func (o *output) Close() error {
	o.ended.Store(true)
	_ = o.f.Close()
	return nil
}

// tail keeps the last tailSize bytes written to it.
type tail struct {
	mu  sync.Mutex
	buf []byte
}

func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := len(b)
	if n > tailSize {
		b = b[n-tailSize:]
	}
	if over := len(t.buf) + len(b) - tailSize; over > 0 {
		t.buf = append(t.buf[:0], t.buf[over:]...)
	}
	t.buf = append(t.buf, b...)
	return n, nil
}

// String is valid UTF-8 even when the cut went through a character.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.ToValidUTF8(string(t.buf), "")
}
