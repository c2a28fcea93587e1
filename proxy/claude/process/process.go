package process

import (
	"io"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// tailSize is how much of stderr is kept, in bytes.
	tailSize = 4 << 10
	// drainTime is how long a read waits, after a process has ended and its group
	// was killed, for the end of a pipe that a process outside of the group holds.
	drainTime = 500 * time.Millisecond
	// groupTime bounds how long the end of a process waits for the rest of its
	// killed group to disappear. Only what hangs inside the kernel takes that long.
	groupTime = 500 * time.Millisecond
)

// Process is one child. [Household.Start] makes it.
type Process struct {
	pid    int
	child  *os.Process
	group  *group
	stdin  *input
	stdout *output
	stderr *output
	tail   *tail

	tailDone chan struct{} // the stderr reader has ended
	done     chan struct{}
	exit     Exit // set before done is closed
	asked    atomic.Bool

	mu     sync.Mutex // excludes signals and reaping
	reaped bool
}

func newProcess(child *os.Process, g *group, stdin, stdout, stderr *os.File) *Process {
	p := &Process{
		pid: child.Pid, child: child, group: g,
		stdin: &input{f: stdin}, stdout: &output{f: stdout}, stderr: &output{f: stderr},
		tail: &tail{}, tailDone: make(chan struct{}), done: make(chan struct{}),
	}
	go func() {
		defer close(p.tailDone)
		_, _ = io.Copy(p.tail, p.stderr) // ends with the pipe; tail cannot fail
	}()
	return p
}

// PID is the process number, which is also that of its group. After Done it may
// belong to a stranger.
func (p *Process) PID() int { return p.pid }

// Stdin is the process's input. A Write blocks while the process does not read,
// until it ends or Stdin is closed; then the error is [os.ErrClosed] or the
// system's "broken pipe". Closing it twice is no error.
func (p *Process) Stdin() io.WriteCloser { return p.stdin }

// Stdout is the process's output, for one reader at a time. It ends with io.EOF: when
// the process has ended, what it wrote can still be read, except after [Process.Kill]
// and [Household.Close], which discard it. A reader that stops early lets the
// process block.
func (p *Process) Stdout() io.Reader { return p.stdout }

// StderrTail is the last 4 KiB of stderr, as valid UTF-8. All that the process
// wrote is in it once Done is closed.
func (p *Process) StderrTail() string { return p.tail.String() }

// Done is closed when the process was reaped and its group killed.
func (p *Process) Done() <-chan struct{} { return p.done }

// Exit waits for Done and says how the process ended.
func (p *Process) Exit() Exit {
	<-p.done
	return p.exit
}

// wait sees the process to its end, in the order that doc.go explains, and calls
// release when nothing is left of it.
func (p *Process) wait(release func()) {
	var state *os.ProcessState
	if awaitExit(p.child) {
		p.group.kill()
		p.mu.Lock()
		state, _ = p.child.Wait() // returns at once
		p.reaped = true
		p.mu.Unlock()
	} else {
		// A kernel that cannot tell without reaping: the group is killed right after.
		state, _ = p.child.Wait()
		p.mu.Lock()
		p.reaped = true
		p.group.kill()
		p.mu.Unlock()
	}
	p.exit = exitOf(state)
	p.exit.Asked = p.asked.Load()
	p.group.awaitEmpty(groupTime)
	p.group.close()
	_ = p.stdin.Close() // ends a blocked Write
	p.stdout.processEnded()
	p.stderr.processEnded()
	<-p.tailDone
	release()
	close(p.done)
}

// signal acts on the group unless the process was reaped.
func (p *Process) signal(act func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.reaped {
		act()
	}
}

func (p *Process) terminate() { p.signal(p.group.terminate) }

func (p *Process) kill() {
	p.asked.Store(true)
	p.signal(func() {
		p.group.kill()
		_ = p.child.Kill() // in case that it changed its group
	})
}
