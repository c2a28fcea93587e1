package process

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"
)

// ErrClosed is what Start gives once Close was called.
var ErrClosed = errors.New("the app is shutting down and starts no more processes")

// killTime bounds how long Close waits for processes after SIGKILL. Only one that
// hangs inside the kernel takes longer.
const killTime = 2 * time.Second

// Household owns a private directory and all children that run in it. Make one
// with [Open].
type Household struct {
	log      *slog.Logger
	options  options
	instance *instance

	starts chan start    // to the starter
	quit   chan struct{} // ends the starter
	gone   chan struct{} // closed by the starter when it has ended

	mu       sync.Mutex
	closing  bool
	starting sync.WaitGroup // Starts under way; Add only under mu and before closing
	live     map[*Process]struct{}

	closeOnce sync.Once
	closed    chan struct{}
	closeErr  error
}

// options are seams for tests.
type options struct {
	survive bool // start children that outlive a killed app, as on macOS
}

// Spec is a program to start.
type Spec struct {
	// Path is the program, absolute. It is not searched for on PATH.
	Path string
	// Args are its arguments, without the program's own name.
	Args []string
	// Env is the whole environment as "NAME=value"; nothing is inherited. PWD and a
	// variable that marks the children of this instance are added.
	Env []string
}

// start is a request to the starting goroutine.
type start struct {
	spec   Spec
	answer chan<- started
}

type started struct {
	process *Process
	err     error
}

// Open makes a household below base, a directory such as
// <user cache>/claude-max-api/run, which is created. First it kills what earlier
// instances left behind and removes their directories. Where base cannot be used
// (read-only home, full disk), a private temporary directory takes its place and
// the log says so; then nothing is swept. A nil log is silent.
//
// Open takes milliseconds; when another instance holds up the base directory, at
// most 2 s.
func Open(base string, log *slog.Logger) (*Household, error) {
	return open(base, log, options{})
}

func open(base string, log *slog.Logger, o options) (*Household, error) {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	inst, err := newInstance(base, log)
	if err != nil {
		return nil, err
	}
	h := &Household{
		log: log, options: o, instance: inst,
		starts: make(chan start), quit: make(chan struct{}), gone: make(chan struct{}),
		live: map[*Process]struct{}{}, closed: make(chan struct{}),
	}
	go h.starter()
	return h, nil
}

// PipeDir is a private directory for named pipes that children read.
func (h *Household) PipeDir() string { return h.instance.pipes() }

// RunDir is the directory that has those of all instances; "" where a temporary one took its
// place.
func (h *Household) RunDir() string {
	return h.instance.runs()
}

// TempDir is a private directory for what children leave, and goes with the household.
func (h *Household) TempDir() string { return h.instance.temp() }

// WorkDir is the empty private directory that children run in.
func (h *Household) WorkDir() string { return h.instance.work() }

// Start starts a program in a process group of its own, with the work directory as
// its current one. The error is a [*StartError] or [ErrClosed].
func (h *Household) Start(spec Spec) (*Process, error) {
	h.mu.Lock()
	if h.closing {
		h.mu.Unlock()
		return nil, ErrClosed
	}
	h.starting.Add(1)
	h.mu.Unlock()
	defer h.starting.Done()

	answer := make(chan started)
	h.starts <- start{spec, answer} // the starter outlives every Start under way
	a := <-answer
	return a.process, a.err
}

// starter does all forks from one OS thread, because Linux sends the parent-death
// signal when that thread ends, not when the process does. The thread ends with
// this goroutine, after the last child.
func (h *Household) starter() {
	defer close(h.gone)
	runtime.LockOSThread()
	for {
		select {
		case s := <-h.starts:
			p, err := h.fork(s.spec)
			s.answer <- started{p, err}
		case <-h.quit:
			return
		}
	}
}

// fork starts a process and registers it.
func (h *Household) fork(spec Spec) (_ *Process, err error) {
	if err := checkSpec(spec); err != nil {
		return nil, err
	}
	if err := h.instance.ensure(h.log, h.processes()); err != nil {
		return nil, startError(spec.Path, err)
	}

	var files []*os.File
	defer func() {
		for i, f := range files {
			// The child's ends in any case, ours when there is no child.
			if i%2 == 0 || err != nil {
				f.Close()
			}
		}
	}()
	for range 3 {
		r, w, err := os.Pipe()
		if err != nil {
			return nil, startError(spec.Path, err)
		}
		if len(files) == 0 {
			files = append(files, r, w) // stdin: the child reads
		} else {
			files = append(files, w, r)
		}
	}

	attr := &os.ProcAttr{
		Dir:   h.instance.work(),
		Env:   h.environ(spec.Env),
		Files: []*os.File{files[0], files[2], files[4]},
		Sys:   sysProcAttr(h.options.survive),
	}
	child, err := os.StartProcess(spec.Path, append([]string{spec.Path}, spec.Args...), attr)
	if err != nil {
		return nil, startError(spec.Path, err)
	}
	group, err := newGroup(child)
	if err != nil {
		_ = child.Kill()
		_, _ = child.Wait()
		return nil, startError(spec.Path, err)
	}
	p := newProcess(child, group, files[1], files[3], files[5])
	// The record is written as soon as there is something to record. In the moment
	// before, a killed app leaves macOS with nothing but the end of stdin.
	if err := h.instance.record(p.pid); err != nil {
		h.log.Warn("a child process is not recorded; if the app is killed it may be left over",
			keyPID, p.pid, keyError, err)
	}
	h.mu.Lock()
	h.live[p] = struct{}{}
	h.mu.Unlock()
	go p.wait(func() {
		h.instance.forget(p.pid)
		h.mu.Lock()
		delete(h.live, p)
		h.mu.Unlock()
	})
	return p, nil
}

// environ is what a child gets. The caller's PWD, if any, is that of the app.
func (h *Household) environ(given []string) []string {
	env := make([]string, 0, len(given)+3)
	for _, kv := range given {
		if name, _, _ := strings.Cut(kv, "="); name != "PWD" && name != marker {
			env = append(env, kv)
		}
	}
	return append(needed(env), "PWD="+h.instance.work(), marker+"="+h.instance.name)
}

// checkSpec refuses what could start something else than was meant.
func checkSpec(spec Spec) error {
	if !filepath.IsAbs(spec.Path) {
		return &StartError{
			Path: spec.Path, Err: os.ErrInvalid,
			Reason: "its path is not absolute", Hint: "Give the full path of the CLI in the settings.",
		}
	}
	if isCommandScript(spec.Path) {
		return &StartError{
			Path: spec.Path, Err: os.ErrInvalid,
			Reason: "it is a command script, whose interpreter cannot be given arguments safely",
			Hint:   "Give the full path of claude.exe in the settings.",
		}
	}
	return nil
}

// processes are the children that live now.
func (h *Household) processes() []*Process {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := make([]*Process, 0, len(h.live))
	for p := range h.live {
		all = append(all, p)
	}
	return all
}

// Close stops all children at the same time by the default [Ladder] and removes the
// private directory. When ctx ends, the rest is killed at once. The error says
// what is left: processes that SIGKILL did not end within 2 s, or files. A further
// call waits for the first one and gives the same error.
func (h *Household) Close(ctx context.Context) error {
	h.closeOnce.Do(func() {
		h.closeErr = h.close(ctx)
		close(h.closed)
	})
	<-h.closed
	return h.closeErr
}

func (h *Household) close(ctx context.Context) error {
	h.mu.Lock()
	h.closing = true
	h.mu.Unlock()
	h.starting.Wait()

	all := h.processes()
	for _, p := range all {
		go p.Stop(Ladder{})
	}
	stuck := make(chan struct{})
	giveUp := sync.OnceFunc(func() { close(stuck) })
	patience := time.AfterFunc(defaultEOF+defaultTerm+killTime, giveUp)
	defer patience.Stop()
	stopWatching := context.AfterFunc(ctx, func() {
		for _, p := range all {
			p.kill()
		}
		patience.Reset(killTime)
	})
	defer stopWatching()
	left := 0
	for _, p := range all {
		select {
		case <-p.Done():
		case <-stuck:
			select {
			case <-p.Done():
			default:
				left++
			}
		}
	}
	for _, p := range all {
		_ = p.stdout.Close()
	}
	close(h.quit)
	<-h.gone
	if left > 0 {
		// The lock goes with us, and the next Open tries again.
		h.instance.abandon()
		return fmt.Errorf("%d child processes did not end when they were killed", left)
	}
	return h.instance.remove()
}
