package apptest

import (
	"bytes"
	"sync"
)

// Output collects what a process prints, and can be read meanwhile. The zero value is ready.
type Output struct {
	mu  sync.Mutex
	all bytes.Buffer
}

// Write adds to it.
func (o *Output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.all.Write(p)
}

// String is all so far.
func (o *Output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.all.String()
}
