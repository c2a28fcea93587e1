package claude

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"claude-max-api-proxy/proxy/claude/leftovers"
	"claude-max-api-proxy/proxy/conversation"
)

// Driver answers requests through the CLI. Its methods may be called by any
// number of goroutines.
type Driver struct {
	config    Config
	pool      *pool
	leftovers *leftovers.Sweeper
	lessons   singleflight.Group
	shell     loginShell

	thoughts thoughts

	life    context.Context // ends with Close
	end     context.CancelCauseFunc
	running sync.WaitGroup // requests and the driver's own goroutines

	mu           sync.Mutex
	closed       bool
	installation *installation
	problem      *conversation.Error // why there is none
	signIn       conversation.SignIn
	signInAt     time.Time
	refused      *loginFile // the login that upstream did not accept; nil for none
	logins       int        // how often somebody has signed in through the app
	watching     bool       // for a new login
	checkedAt    time.Time  // when the login was asked for after a failure
	windows      windows
}

// New returns a driver that begins at once, in the background, to look for the
// CLI, to learn what it can do, and to start a spare.
func New(config Config) (*Driver, error) {
	config, err := config.withDefaults()
	if err != nil {
		return nil, err
	}
	d := &Driver{config: config, leftovers: config.sweeper(), signIn: conversation.SignInUnknown}
	d.life, d.end = context.WithCancelCause(context.Background())
	d.pool = newPool(config, d.launch)
	d.running.Go(d.leftovers.Crashed)
	d.running.Go(d.prepare)
	d.running.Go(d.watchInstallation)
	return d, nil
}

// prepare does ahead what the next request would have to wait for.
func (d *Driver) prepare() {
	i, err := d.installed(d.life)
	if err != nil {
		return // noted by learn; the next request tries again
	}
	d.pool.settled()
	d.checkSignIn(d.life, i)
}

// watchInstallation notices what happens to the CLI while nobody asks for anything.
// One that is missing is searched for half as often: that is more than a look.
func (d *Driver) watchInstallation() {
	ticker := time.NewTicker(d.config.look)
	defer ticker.Stop()
	searched := time.Now()
	for {
		select {
		case <-d.life.Done():
			return
		case <-ticker.C:
		}
		before := d.known()
		if before != nil && before.current() || before == nil && time.Since(searched) < 2*d.config.look {
			continue
		}
		searched = time.Now()
		d.prepare()
	}
}

// Close ends what is being answered with an error of kind ShuttingDown, and
// returns when every process is gone, with all that it has left.
func (d *Driver) Close() {
	d.mu.Lock()
	d.closed = true
	d.mu.Unlock()
	d.end(shuttingDown())
	d.running.Wait()
	d.pool.close()
	d.leftovers.Closed()
}

// Reply answers one request. The sequence yields events and ends with Done, or
// with an error: a [*conversation.Error], or the cause of ctx's end. The consumer's
// pace is the CLI's pace. When ctx ends or the consumer stops, the request is cut
// upstream at once.
func (d *Driver) Reply(ctx context.Context, r *conversation.Request) iter.Seq2[conversation.Event, error] {
	return func(yield func(conversation.Event, error) bool) {
		if !d.enter() {
			yield(nil, shuttingDown())
			return
		}
		defer d.running.Done()
		ctx, cancel := context.WithCancelCause(ctx)
		defer cancel(nil)
		defer context.AfterFunc(d.life, func() { cancel(context.Cause(d.life)) })()

		left := false
		err := d.reply(ctx, r, func(e conversation.Event) bool {
			left = !yield(e, nil)
			return !left
		})
		if err != nil && !left {
			yield(nil, err)
		}
	}
}

func (d *Driver) enter() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return false
	}
	d.running.Add(1)
	return true
}

// isLost says that a process has ended, or might as well have.
func isLost(err error) bool {
	lost, deaf := (*lostError)(nil), (*deafError)(nil)
	return errors.As(err, &lost) || errors.As(err, &deaf)
}

// mostFresh is how many new processes that die before they ask upstream are followed by
// another one.
const mostFresh = 1

func (d *Driver) reply(ctx context.Context, r *conversation.Request, yield func(conversation.Event) bool) error {
	i, err := d.installedFor(ctx)
	if err != nil {
		return err
	}
	value, id, unknown := resolve(r.Model, i.models)
	if unknown != nil {
		return unknown
	}
	if err := i.misnamed(r.Tools); err != nil {
		return err
	}
	if _, refuses := i.noForce.Load(value); !refuses || !mustCall(r) {
		err := d.replyWith(ctx, i, r, value, id, yield)
		if !refusesForce(r, err) {
			return err
		}
		i.noForce.Store(value, true)
	}
	if !yield(conversation.Ignored{Param: conversation.ToolChoiceParam}) {
		return nil
	}
	return d.replyWith(ctx, i, unforced(r), value, id, yield)
}

// replyWith has one of the processes answer the request, with the model that the CLI knows by the first
// name; the second is its id, as far as that is known.
func (d *Driver) replyWith(ctx context.Context, i *installation, r *conversation.Request, value, id string, yield func(conversation.Event) bool) error {
	prints := fingerprints(value, r)
	parameters, ignored, err := newSettings(value, r, i.models, &d.thoughts)
	if err != nil {
		return err
	}
	for _, name := range ignored {
		if !yield(conversation.Ignored{Param: name}) {
			return nil
		}
	}
	begin := newOpening(value, i.caps, r, parameters, prints)
	w := want{recipe: recipe{installation: i, model: value}, opening: begin, turns: r.Turns, prints: prints, topic: topicOf(value, r)}
	t := turn{
		request: r, opening: begin, prints: prints, resolved: id,
		caps: i.caps, silence: d.config.SilenceTimeout, thoughts: &d.thoughts,
	}
	told, fresh := false, 0
	for {
		had := d.loginNow()
		s, warm, err := d.pool.acquire(ctx, w)
		if err != nil {
			return err
		}
		if !i.caps.History && len(r.Turns)-s.turns > 1 {
			s.flat = true
		}
		if s.flat && !told {
			told = true
			if !yield(conversation.Flattened{}) {
				d.pool.release(s, false)
				return nil
			}
		}
		o := s.run(ctx, t, func(e conversation.Event) bool {
			if started, ok := e.(conversation.Started); ok {
				d.pool.settled()
				d.accepted(started.Model)
			}
			return yield(e)
		})
		d.pool.release(s, o.reusable)
		if ctx.Err() != nil && o.err != nil {
			d.pool.settled()
			return context.Cause(ctx)
		}
		if o.unread {
			i.unread.Add(1)
			d.config.Log.Warn("Claude Code did not take a conversation's history at once; it is told turn by turn", "cause", withoutWords(o.err))
			w.fresh = true
			continue
		}
		// A process that waited for its turn may have died since, for instance
		// when the machine slept. Nothing was asked upstream: ask a new one, and
		// once more where that is killed, too.
		if isLost(o.err) && !o.requested && fresh < mostFresh {
			// A process that has hung has cost the client half a minute, wherever it came from.
			if deaf := (*deafError)(nil); !warm || errors.As(o.err, &deaf) {
				fresh++
			}
			w.fresh = true
			continue
		}
		err = d.concluded(o.err, had)
		d.pool.settled()
		return err
	}
}

// concluded learns from a failure what it says about the login that the request had.
func (d *Driver) concluded(err error, l login) error {
	if err == nil {
		return nil
	}
	if lost := (*lostError)(nil); errors.As(err, &lost) {
		d.doubtSignIn()
		return &conversation.Error{
			Kind:    conversation.CLIFailed,
			Message: fmt.Sprintf("The Claude Code CLI failed while it worked on the request: %s.", lost),
			Hint:    "Send the request again; if it happens every time, run `claude-max-api doctor`.",
		}
	}
	failure := conversation.AsError(err)
	switch failure.Kind {
	case conversation.SignInNeeded:
		if d.config.Credentials == EnvironmentCredentials {
			failure.Hint = credentialsHint
		}
		d.refusedLogin(l)
		// Warm processes may hold the old login; the next request gets one that
		// reads the new.
		d.pool.retire()
	case conversation.UsageLimit:
		d.recognised() // the plan is that of somebody who is signed in
	case conversation.PermissionDenied, conversation.CLIFailed:
		d.doubtSignIn()
	}
	return failure
}

// Models lists the names that clients can ask for. Before the CLI was learned it
// is the names that every version knows.
func (d *Driver) Models() []conversation.Model {
	if i := d.known(); i != nil {
		return modelList(i.models)
	}
	return modelList(nil)
}

// Status tells how the driver is doing, without asking anybody.
func (d *Driver) Status() conversation.Status {
	d.mu.Lock()
	s := conversation.Status{
		Problem: d.problem, SignIn: d.signIn, SignInAt: d.signInAt, Windows: d.windows.list(time.Now()),
	}
	if d.installation != nil {
		s.CLIPath = d.installation.found.Path
		s.CLIVersion = d.installation.version.String()
	}
	d.mu.Unlock()
	s.Processes = d.pool.count()
	return s
}
