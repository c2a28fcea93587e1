package proxy

import (
	"context"
	"errors"
	"io"
	"time"
)

// The bodies of all requests are bounded together, because many clients with one each
// would be as bad as one with many. Room for a body is taken as its bytes come, so that
// what is only announced keeps nobody out, and given back when its request ends.
const (
	// mostBodies is how many of the largest bodies may be there at once.
	mostBodies = 8
	// smallBody is how many bytes of each body do not count: a small request never waits
	// for room.
	smallBody = 64 << 10
	// roomWait is how long a body that has room already waits for more, before one of
	// those that do gives way.
	roomWait = 5 * time.Second
)

var errNoRoom = errors.New("no room for the body")

// incoming is a request's body on its way. Bytes are read before there is room for
// them, at most smallBody at a time.
type incoming struct {
	s        *Server
	x        *exchange
	ctx      context.Context
	body     io.Reader
	deadline time.Time // for the client to send it, without the time that it waited for room
	read     int64
}

func (b *incoming) Read(p []byte) (int, error) {
	n, err := b.body.Read(p[:min(len(p), smallBody)])
	b.read += int64(n)
	more := b.read - smallBody - b.x.room
	if more <= 0 || b.s.bodies.TryAcquire(more) {
		b.x.room += max(more, 0)
		return n, err
	}
	begun := time.Now()
	if !b.wait(more) {
		return n, errNoRoom
	}
	b.x.room += more
	b.deadline = b.deadline.Add(time.Since(begun))
	if err == nil { // else the body is whole, and a limit of its reading would end the answer
		b.x.readWithin(time.Until(b.deadline))
	}
	return n, err
}

// wait is for room for so many bytes. Bodies that have come in part could wait for each
// other for ever: while nothing moves, one after the other gives way, so that those that
// remain come to their end.
func (b *incoming) wait(bytes int64) bool {
	all, cancel := context.WithTimeout(b.ctx, b.s.config.ClientWait)
	defer cancel()
	if b.x.room == 0 { // nobody waits for what it has
		return b.s.bodies.Acquire(all, bytes) == nil
	}
	for all.Err() == nil {
		turn, cancel := context.WithTimeout(all, roomWait)
		err := b.s.bodies.Acquire(turn, bytes)
		cancel()
		if err == nil {
			return true
		}
		if b.s.mayGiveWay() {
			return false
		}
	}
	return false
}

// mayGiveWay says whether none has given way just now, whose room the others may get.
func (s *Server) mayGiveWay() bool {
	now, last := int64(time.Since(s.started)), s.gaveWay.Load()
	return now-last >= int64(roomWait) && s.gaveWay.CompareAndSwap(last, now)
}

// giveBack ends what a request's body takes.
func (s *Server) giveBack(x *exchange) {
	s.bodies.Release(x.room)
	x.room = 0
}
