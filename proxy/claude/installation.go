package claude

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"claude-max-api-proxy/proxy/claude/locate"
	"claude-max-api-proxy/proxy/claude/process"
	"claude-max-api-proxy/proxy/claude/streamjson"
	"claude-max-api-proxy/proxy/conversation"
)

// installHint is what a person without a usable CLI does next.
const installHint = "Install Claude Code (https://claude.com/claude-code, or `npm install -g @anthropic-ai/claude-code`) and sign in with `claude auth login`; if it is installed, say where with --claude PATH. `claude-max-api doctor` shows where was looked."

// installation is one CLI binary and what was learned of it. When the file
// changes, a new one is learned.
type installation struct {
	found   locate.Found
	version version
	caps    capabilities
	models  []listedModel

	// unread counts the histories that processes were to read, and did not.
	unread atomic.Int32
	// noForce has the CLI's names of the models that take no call that has to be made.
	noForce sync.Map
}

// enoughUnread is after how many it is not tried again: one may have been an accident.
const enoughUnread = 2

// takesTranscripts says whether its processes can be given a history at once.
func (i *installation) takesTranscripts() bool {
	return i.caps.Transcripts && i.unread.Load() < enoughUnread
}

// current says whether the file is still the one that was learned.
func (i *installation) current() bool {
	// Not Target: an update may leave that file and point the link to another.
	file := i.found.Path
	if len(i.found.Args) > 0 {
		file = i.found.Args[0]
	}
	now, err := locate.Identify(file)
	return err == nil && now == i.found.Identity
}

func (d *Driver) known() *installation {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.installation
}

// learn finds the CLI, starts it once and asks it what it is. Nothing goes
// upstream. The process stays as one that may answer the first request.
func (d *Driver) learn() (*installation, error) {
	if !d.enter() {
		return nil, shuttingDown()
	}
	defer d.running.Done()
	i, err := d.tryLearn(d.life)
	if err != nil && d.life.Err() != nil {
		err = shuttingDown()
	}
	failure := conversation.AsError(err)
	if failure != nil && failure.Kind == conversation.ShuttingDown {
		return nil, failure // nothing was learned, the CLI may be as good as ever
	}
	d.mu.Lock()
	changed := d.installation != nil
	told := failure != nil && d.problem != nil && d.problem.Error() == failure.Error()
	d.installation, d.problem = i, failure
	d.mu.Unlock()
	if told { // it is looked for again and again
		return nil, failure
	}
	d.config.Changed()
	if failure != nil {
		d.config.Log.Warn("no usable Claude Code CLI", "cause", failure.Error())
		return nil, failure
	}
	d.config.Log.Info("Claude Code CLI", "path", i.found.Path, "source", i.found.Source,
		"version", i.version.String(), "changed", changed)
	return i, nil
}

func (d *Driver) tryLearn(ctx context.Context) (*installation, error) {
	if d.known() != nil {
		// The processes of the former binary go as they become free.
		d.pool.retire()
	}
	found, err := locate.Find(ctx, locate.Config{Path: d.config.Path, LoginPATH: d.loginPATH})
	if err != nil {
		return nil, missing(err)
	}
	i := &installation{found: found}
	s, _, err := d.pool.acquire(ctx, want{recipe: d.usual(i), fresh: true, lesson: true})
	if err != nil {
		return nil, err
	}
	if err := d.ask(ctx, i, s); err != nil {
		d.pool.release(s, false)
		return nil, err
	}
	if _, _, unknown := resolve(d.config.WarmModel, i.models); unknown != nil {
		d.config.Log.Warn("the setting warm_model has no effect", "cause", unknown.Error())
	}
	usual := d.usual(i)
	d.pool.expect(usual, empty(usual.model))
	d.pool.release(s, true)
	return i, nil
}

// usual is what a spare is started as while no request has said better.
func (d *Driver) usual(i *installation) recipe {
	model, _, unknown := resolve(d.config.WarmModel, i.models)
	if unknown != nil {
		model = anyModel // the CLI's own list, which may have the name, comes with the lesson
	}
	return recipe{installation: i, model: model}
}

// ask learns version and models from a new process, and leaves it with an empty
// system prompt and no turns.
func (d *Driver) ask(ctx context.Context, i *installation, s *session) error {
	limit := d.config.StartTimeout
	v, known, err := s.warm(ctx, limit)
	if err == nil && !known {
		v, err = d.printedVersion(ctx, i)
	}
	if err != nil {
		return unusable(i.found, err)
	}
	if !v.atLeast(oldestVersion) {
		return &conversation.Error{
			Kind: conversation.CLIMissing,
			Message: fmt.Sprintf("The Claude Code CLI at %s is version %s, which is too old to be driven safely; %s is the oldest that works.",
				i.found.Path, v, oldestVersion),
			Hint: "Run `claude update`, or install a newer one with `npm install -g @anthropic-ai/claude-code`.",
		}
	}
	i.version, i.caps = v, v.capabilities()
	if !i.caps.History {
		d.config.Log.Warn("this Claude Code cannot be told of a conversation's history, so the model gets it as one text; `claude update` brings one that can",
			"version", v.String(), "needed", historyVersion.String())
	}
	r, err := s.control(ctx, initializeID, streamjson.NewInitialize(nil, !i.caps.History), limit)
	if err != nil {
		return unusable(i.found, err)
	}
	var answer struct {
		Models []listedModel `json:"models"`
	}
	if err := json.Unmarshal(r.Response, &answer); err != nil {
		return unusable(i.found, fmt.Errorf("its list of models cannot be read: %w", err))
	}
	i.models = answer.Models
	s.initialized, s.seen = true, empty(s.model)
	return nil
}

// loginPATH asks the login shell at most once a minute: it may take seconds.
func (d *Driver) loginPATH(ctx context.Context) (string, error) {
	d.shell.Lock()
	defer d.shell.Unlock()
	if d.shell.asked.IsZero() || time.Since(d.shell.asked) > time.Minute {
		d.shell.path, d.shell.err = locate.LoginPATH(ctx, os.Getenv("SHELL"))
		d.shell.asked = time.Now()
	}
	return d.shell.path, d.shell.err
}

// loginShell is the last answer of the login shell.
type loginShell struct {
	sync.Mutex
	asked time.Time
	path  string
	err   error
}

// missing says why there is no CLI to start. One that is there but cannot be used
// is named, with what is wrong with it.
func missing(err error) error {
	if bad, ok := errors.AsType[*locate.UnusableError](err); ok {
		return &conversation.Error{Kind: conversation.CLIMissing, Message: bad.Message(), Hint: bad.Hint}
	}
	none, ok := errors.AsType[*locate.NotFoundError](err)
	if !ok {
		return err
	}
	if len(none.Unusable) > 0 {
		return &conversation.Error{Kind: conversation.CLIMissing, Message: none.Message(), Hint: none.Hint()}
	}
	return &conversation.Error{
		Kind:    conversation.CLIMissing,
		Message: "The Claude Code CLI (`claude`) was not found on this machine.",
		Hint:    installHint,
	}
}

func unusable(found locate.Found, err error) error {
	if e := (*conversation.Error)(nil); errors.As(err, &e) {
		return err
	}
	if errors.Is(err, process.ErrClosed) {
		return shuttingDown()
	}
	e := &conversation.Error{
		Kind:    conversation.CLIFailed,
		Message: fmt.Sprintf("The Claude Code CLI at %s could not be used: %s.", found.Path, err),
		Hint:    "Run `" + found.Path + " --version` in a terminal, and `claude-max-api doctor`.",
	}
	if failed := (*process.StartError)(nil); errors.As(err, &failed) {
		e.Message = fmt.Sprintf("The Claude Code CLI at %s could not be started: %s.", found.Path, failed.Reason)
		e.Hint = failed.Hint
	}
	return e
}
