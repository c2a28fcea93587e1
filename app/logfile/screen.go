package logfile

import (
	"bytes"
	"io"
	"log/slog"
	"sync"
	"time"
)

const (
	// room is how many bytes of lines wait for the terminal, besides those that it is
	// being given.
	room = 1 << 20
	// flushTime is how long the end waits for the terminal.
	flushTime = 2 * time.Second
)

// screen is a terminal whose writers never wait. Whoever holds its other end can stop it
// for as long as they like, with Ctrl-S or a pipe that is not read: lines wait
// here, in order, and those that find no room are counted in their place.
//
// The goroutine that writes is there as long as something waits; flush waits for it.
type screen struct {
	out     io.Writer
	leftOut string // what is said in the place of lines that found no room

	mu     sync.Mutex
	lines  [][]byte
	size   int           // of lines, in bytes
	missed int           // lines behind them that found no room
	shown  chan struct{} // closed once nothing waits; nil while nothing does
}

// Write takes one line.
func (s *screen) Write(line []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.missed > 0 || s.size >= room {
		s.missed++ // in order: also a short one that would fit
		return len(line), nil
	}
	s.lines = append(s.lines, bytes.Clone(line))
	s.size += len(line)
	if s.shown == nil {
		s.shown = make(chan struct{})
		go s.show()
	}
	return len(line), nil
}

// show writes until nothing waits. A terminal that is gone takes no line, and nobody
// could be told.
func (s *screen) show() {
	for {
		lines, missed := s.take()
		if lines == nil {
			return
		}
		for _, line := range lines {
			_, _ = s.out.Write(line)
		}
		if missed > 0 {
			slog.New(slog.NewTextHandler(s.out, nil)).Warn(s.leftOut, "lines", missed)
		}
	}
}

// take gives what waits, and makes room. Lines are missed only behind others.
func (s *screen) take() (lines [][]byte, missed int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	lines, missed = s.lines, s.missed
	s.lines, s.size, s.missed = nil, 0, 0
	if lines == nil {
		close(s.shown)
		s.shown = nil
	}
	return lines, missed
}

// flush waits until everything is shown, but not for long.
func (s *screen) flush() {
	s.mu.Lock()
	shown := s.shown
	s.mu.Unlock()
	if shown == nil {
		return
	}
	patience := time.NewTimer(flushTime)
	defer patience.Stop()
	select {
	case <-shown:
	case <-patience.C:
	}
}
