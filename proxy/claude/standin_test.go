package claude

import (
	"context"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/proxy/claude/claudetest"
	"claude-max-api-proxy/proxy/claude/process"
	"claude-max-api-proxy/proxy/conversation"
)

// stage is a driver in front of the stand-in CLI.
type stage struct {
	*Driver
	cli *claudetest.StandIn
	t   testing.TB
}

// newStage starts a driver; nil scripts and changes are the usual ones. It sees to
// it that the bound holds and that nothing is left when the test ends.
func newStage(t testing.TB, script func(claudetest.Event) claudetest.Action, change func(*Config)) *stage {
	t.Helper()
	cli := claudetest.NewStandIn(t, script)
	log := slog.New(slog.DiscardHandler)
	if os.Getenv("CLAUDE_TEST_LOG") != "" {
		log = slog.New(slog.NewTextHandler(t.Output(), nil))
	}
	household, err := process.Open(t.TempDir(), log)
	require.NoError(t, err)
	config := Config{
		Path: cli.Path(t), Env: cli.Env(), Household: household, Log: log,
		Spares: -1, StartTimeout: 10 * time.Second, SilenceTimeout: 10 * time.Second,
	}
	if change != nil {
		change(&config)
	}
	d, err := New(config)
	require.NoError(t, err)
	most := d.config.MaxProcesses
	t.Cleanup(func() {
		d.Close()
		assert.Zero(t, cli.Live(), "processes are left after Close")
		assert.LessOrEqual(t, cli.MostLive(), most, "more processes than allowed")
		assert.NoError(t, household.Close(context.Background()))
	})
	return &stage{d, cli, t}
}

func (s *stage) deadline() context.Context {
	ctx, cancel := context.WithTimeout(s.t.Context(), 30*time.Second)
	s.t.Cleanup(cancel)
	return ctx
}

// told is an answer, collected.
type told struct {
	text   string
	deltas int
	done   bool
	err    *conversation.Error
}

func (s *stage) ask(ctx context.Context, r *conversation.Request) (a told) {
	for e, err := range s.Reply(ctx, r) {
		if err != nil {
			a.err = conversation.AsError(err)
			return a
		}
		switch e := e.(type) {
		case conversation.TextDelta:
			a.text += e.Text
			a.deltas++
		case conversation.Done:
			a.done = true
		}
	}
	return a
}

// says makes a request; the texts are the user's and the model's in turn.
func says(texts ...string) *conversation.Request {
	r := &conversation.Request{Model: "opus"}
	for i, text := range texts {
		role := conversation.User
		if i%2 == 1 {
			role = conversation.Assistant
		}
		r.Turns = append(r.Turns, conversation.Turn{Role: role, Blocks: []conversation.Block{conversation.Text{Text: text}}})
	}
	return r
}

// learned waits until the driver knows its CLI, so that scripts see no handshake
// of its own any more.
func (s *stage) learned() *stage {
	s.t.Helper()
	_, err := s.installed(s.deadline())
	require.NoError(s.t, err)
	return s
}

// eventually waits for a state of the pool.
func (s *stage) eventually(what string, reached func(conversation.ProcessCount) bool) {
	s.t.Helper()
	require.Eventually(s.t, func() bool { return reached(s.pool.count()) }, 20*time.Second, 2*time.Millisecond, what)
}

// do is a script that acts at one stage.
func do(at claudetest.Stage, deed claudetest.Deed, lines ...string) func(claudetest.Event) claudetest.Action {
	return func(e claudetest.Event) claudetest.Action {
		if e.Stage == at {
			return claudetest.Action{Do: deed, Lines: lines}
		}
		return claudetest.Action{}
	}
}

// once is do, for the first time that the stage is reached.
func once(at claudetest.Stage, deed claudetest.Deed, lines ...string) func(claudetest.Event) claudetest.Action {
	done := make(chan struct{}, 1)
	return func(e claudetest.Event) claudetest.Action {
		if e.Stage == at {
			select {
			case done <- struct{}{}:
				return claudetest.Action{Do: deed, Lines: lines}
			default:
			}
		}
		return claudetest.Action{}
	}
}

// held is a script that holds turns until they are let go.
type held struct {
	at      claudetest.Stage
	arrived chan claudetest.Event
	let     chan struct{}
	over    <-chan struct{} // the test is over
}

func hold(t *testing.T, at claudetest.Stage) *held {
	return &held{at: at, arrived: make(chan claudetest.Event, 100), let: make(chan struct{}), over: t.Context().Done()}
}

func (h *held) script(e claudetest.Event) claudetest.Action {
	if e.Stage == h.at {
		h.arrived <- e
		select {
		case <-h.let:
		case <-h.over:
		}
	}
	return claudetest.Action{}
}

// wait returns when the stage was reached once more.
func (h *held) wait(t testing.TB) claudetest.Event {
	t.Helper()
	select {
	case e := <-h.arrived:
		return e
	case <-time.After(20 * time.Second):
		require.Fail(t, "no turn arrived")
		return claudetest.Event{}
	}
}

// release lets one of them go on.
func (h *held) release() { h.let <- struct{}{} }

func TestTheStandInAnswers(t *testing.T) {
	s := newStage(t, nil, nil)
	a := s.ask(s.deadline(), says("hello there"))
	require.Nil(t, a.err)
	assert.Equal(t, told{text: "hello there", deltas: 2, done: true}, a)
	assert.Equal(t, "2.1.330", s.Status().CLIVersion)
	assert.Nil(t, s.Status().Problem)
}

func TestWhatTheCLIIsTold(t *testing.T) {
	for _, version := range claudetest.Versions {
		t.Run(version, func(t *testing.T) {
			s := newStage(t, func(e claudetest.Event) claudetest.Action {
				return claudetest.Action{Version: version}
			}, nil)
			r := says("/one", "two", "three", "four", "/five")
			r.System = []string{"Be", "brief."}
			r.MaxTokens = 64
			require.Nil(t, s.ask(s.deadline(), r).err)

			var pid int
			for _, e := range s.cli.Events() {
				if e.Stage == claudetest.Turn {
					pid = e.PID
				}
			}
			lines := s.cli.Told(pid)
			require.Len(t, lines, 7)
			space, composed := "", `,"client_composed":true`
			if version == "2.1.197" {
				space, composed = " ", ""
			}
			for i, want := range []string{
				`"subtype":"apply_flag_settings","settings":{"env":{"CLAUDE_CODE_MAX_OUTPUT_TOKENS":"64"}}}`,
				`"subtype":"initialize","systemPrompt":["Be","brief."]}`,
				`"content":[{"type":"text","text":"` + space + `/one"}]}`,
				`"role":"assistant","model":"stand-in-opus","content":[{"type":"text","text":"two"}]`,
				`"content":[{"type":"text","text":"three"}]}`,
				`"content":[{"type":"text","text":"four"}]`,
				`"content":[{"type":"text","text":"` + space + `/five"}]}`,
			} {
				assert.Contains(t, lines[i], want)
			}
			assert.Contains(t, lines[2], `"shouldQuery":false`+composed)
			assert.NotContains(t, lines[6], `shouldQuery`)
			assert.True(t, strings.HasSuffix(lines[6], composed+"}"))
		})
	}
}

func TestAHandshakeThatFails(t *testing.T) {
	tests := []struct {
		name   string
		script func(claudetest.Event) claudetest.Action
		kind   conversation.Kind
		says   string
	}{
		{"exits at once", do(claudetest.Start, claudetest.Exit), conversation.CLIFailed, "exit status 1"},
		{"complains about a flag", do(claudetest.Start, claudetest.Complain, "error: unknown option '--tools'"), conversation.CLIFailed, "unknown option '--tools'"},
		{"prints garbage", do(claudetest.Version, claudetest.Garbage), conversation.CLIFailed, "cannot be read"},
		{"stops in a line", do(claudetest.Version, claudetest.Half), conversation.CLIFailed, "exit status 1"},
		{"never answers", do(claudetest.Version, claudetest.Hang), conversation.CLIFailed, "did not answer get_binary_version within"},
		{"never answers initialize", do(claudetest.Initialize, claudetest.Hang), conversation.CLIFailed, "did not answer initialize within"},
		{"chatters but never answers", do(claudetest.Version, claudetest.Say, strings.Split(strings.Repeat(claudetest.Requesting+"\n", 1000), "\n")...), conversation.CLIFailed, "did not answer"},
		{"does not know the request", do(claudetest.Version, claudetest.Refuse), conversation.CLIFailed, "is not a version"},
		{"refuses initialize", do(claudetest.Initialize, claudetest.Refuse), conversation.CLIFailed, "refused initialize"},
		{"says no version", do(claudetest.Version, claudetest.Say, claudetest.Success("get_binary_version", `{"version":"soon"}`)), conversation.CLIFailed, "not a version"},
		{"is too old", func(claudetest.Event) claudetest.Action { return claudetest.Action{Version: "2.1.99"} }, conversation.CLIMissing, "too old"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, tt.script, func(c *Config) { c.StartTimeout = 3 * time.Second })
			a := s.ask(s.deadline(), says("hello"))
			require.NotNil(t, a.err)
			assert.Equal(t, tt.kind, a.err.Kind)
			assert.Contains(t, a.err.Message, tt.says)
			assert.NotEmpty(t, a.err.Hint)
			assert.Equal(t, a.err.Kind, s.Status().Problem.Kind)

			// As soon as the CLI is well, so is the driver.
			s.cli.SetScript(nil)
			require.Nil(t, s.ask(s.deadline(), says("hello")).err)
			assert.Nil(t, s.Status().Problem)
		})
	}
}

func TestAHealthyCLIWithOddHabits(t *testing.T) {
	for name, script := range map[string]func(claudetest.Event) claudetest.Action{
		"asks something itself while it answers initialize": do(claudetest.Initialize, claudetest.Ask),
		"asks something itself in a turn":                   do(claudetest.Requested, claudetest.Ask),
		"prints a line of 20 MB in a turn":                  do(claudetest.Requested, claudetest.Huge),
		"ignores SIGTERM":                                   do(claudetest.Start, claudetest.Stubborn),
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, script, nil)
			a := s.ask(s.deadline(), says("hello there"))
			require.Nil(t, a.err)
			assert.Equal(t, "hello there", a.text)
			if strings.HasPrefix(name, "asks") {
				require.NoError(t, s.cli.WaitCount(s.deadline(), claudetest.Told, 1))
			}
		})
	}
}

// TestATurnThatFails is about processes that were started for the request: it is tried
// once more where upstream was not asked, and otherwise not.
func TestATurnThatFails(t *testing.T) {
	tests := []struct {
		name   string
		script func(claudetest.Event) claudetest.Action
		kind   conversation.Kind
		text   string
		turns  int // how often the CLI may get the request
	}{
		{"dies before it asks upstream", do(claudetest.Turn, claudetest.Exit), conversation.CLIFailed, "", 2},
		{"dies when it has asked", do(claudetest.Requested, claudetest.Exit), conversation.CLIFailed, "", 1},
		{"dies in the answer", do(claudetest.Text, claudetest.Exit), conversation.CLIFailed, "hello ", 1},
		{"garbage in the answer", do(claudetest.Text, claudetest.Garbage), conversation.CLIFailed, "hello ", 1},
		{"half a line in the answer", do(claudetest.Text, claudetest.Half), conversation.CLIFailed, "hello ", 1},
		{"is silent before it asks upstream", do(claudetest.Turn, claudetest.Hang), conversation.Timeout, "", 2},
		{"is silent when it has asked", do(claudetest.Requested, claudetest.Hang), conversation.Timeout, "", 1},
		{"is silent in the answer", do(claudetest.Text, claudetest.Hang), conversation.Timeout, "hello ", 1},
		{"refuses initialize", do(claudetest.Initialize, claudetest.Refuse), conversation.CLIFailed, "", 1},
		{"refuses the settings", do(claudetest.Settings, claudetest.Refuse), conversation.CLIFailed, "", 1},
		{"answers nothing", do(claudetest.Turn, claudetest.Say, `{"type":"result","subtype":"success","is_error":false,"num_turns":1,"result":""}`), conversation.CLIFailed, "", 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, nil, func(c *Config) { c.SilenceTimeout = 3 * time.Second }).learned()
			s.cli.SetScript(tt.script)
			r := says("hello there")
			r.System = []string{"Be brief."} // no kept process has heard of it
			r.MaxTokens = 64
			a := s.ask(s.deadline(), r)
			require.NotNil(t, a.err)
			assert.Equal(t, tt.kind, a.err.Kind, a.err.Message)
			assert.NotEmpty(t, a.err.Hint)
			assert.Equal(t, tt.text, a.text)
			assert.False(t, a.done)
			assert.LessOrEqual(t, s.cli.Count(claudetest.Turn), tt.turns)

			s.cli.SetScript(nil)
			require.Nil(t, s.ask(s.deadline(), r).err, "the next request is answered")
		})
	}
}

// TestAProcessThatHangsIsReplacedOnce: the client waits for the silence of two processes, and not
// of a third, also where the first of them was a spare.
func TestAProcessThatHangsIsReplacedOnce(t *testing.T) {
	s := newStage(t, nil, func(c *Config) { c.SilenceTimeout = time.Second }).learned()
	s.eventually("a spare", func(c conversation.ProcessCount) bool { return c.Warm > 0 })
	s.cli.SetScript(do(claudetest.Turn, claudetest.Hang))
	a := s.ask(s.deadline(), says("hello"))
	require.NotNil(t, a.err)
	assert.Equal(t, conversation.Timeout, a.err.Kind)
	assert.Equal(t, 2, s.cli.Count(claudetest.Turn))
}

func TestHistoryThatTheCLIDoesNotTake(t *testing.T) {
	tests := []struct {
		name   string
		script func(claudetest.Event) claudetest.Action
		kind   conversation.Kind
	}{
		{"answers a silent line", do(claudetest.Silent, claudetest.Say, claudetest.Requesting), conversation.CLIFailed},
		{"fails at a silent line", do(claudetest.Silent, claudetest.Say, `{"type":"result","is_error":true,"num_turns":0}`), conversation.CLIFailed},
		{"never acknowledges", do(claudetest.Silent, claudetest.Skip), conversation.Timeout},
		{"dies in the history", do(claudetest.Past, claudetest.Exit), conversation.CLIFailed},
		// Without the system prompt it would be another answer.
		{"refuses initialize", do(claudetest.Initialize, claudetest.Refuse), conversation.CLIFailed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, nil, func(c *Config) { c.SilenceTimeout = 3 * time.Second }).learned()
			s.cli.SetScript(tt.script)
			r := says("one", "two", "three")
			r.System = []string{"Be brief."}
			a := s.ask(s.deadline(), r)
			require.NotNil(t, a.err)
			assert.Equal(t, tt.kind, a.err.Kind, a.err.Message)
			assert.Zero(t, s.cli.Count(claudetest.Requested))
		})
	}
}

// TestACLIThatDoesNotRead: a pipe holds 64 KiB, so a prompt of a megabyte cannot be
// written to it.
func TestACLIThatDoesNotRead(t *testing.T) {
	for _, tt := range []struct {
		name string
		ends func(context.Context, context.CancelFunc)
		kind conversation.Kind
	}{
		{"is given up after the silence timeout", nil, conversation.Timeout},
		{"is left when the client leaves", func(ctx context.Context, cancel context.CancelFunc) { cancel() }, conversation.Internal},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newStage(t, nil, func(c *Config) {
				if tt.ends == nil {
					c.SilenceTimeout = 3 * time.Second
				}
			}).learned()
			ctx, cancel := context.WithCancel(s.deadline())
			defer cancel()
			s.cli.SetScript(func(e claudetest.Event) claudetest.Action {
				if e.Stage == claudetest.Initialize {
					if tt.ends != nil {
						tt.ends(ctx, cancel)
					}
					return claudetest.Action{Do: claudetest.Hang}
				}
				return claudetest.Action{}
			})
			r := says(strings.Repeat("x", 1<<20))
			r.System = []string{"Be brief."}
			a := s.ask(ctx, r)
			require.NotNil(t, a.err)
			assert.Equal(t, tt.kind, a.err.Kind, a.err.Message)
			if tt.ends != nil {
				assert.Contains(t, a.err.Message, context.Canceled.Error())
			} else {
				assert.Contains(t, a.err.Message, "Anthropic was not asked")
			}
		})
	}
}

func TestACallerWhoLeavesEndsTheProcess(t *testing.T) {
	for name, leave := range map[string]func(*stage, *held){
		"its context ends": func(s *stage, h *held) {
			ctx, cancel := context.WithCancel(s.deadline())
			go func() { h.wait(s.t); cancel() }()
			a := s.ask(ctx, says("hello there"))
			assert.Contains(s.t, a.err.Message, context.Canceled.Error())
		},
		"it stops reading": func(s *stage, h *held) {
			for e := range s.Reply(s.deadline(), says("hello there")) {
				if _, ok := e.(conversation.TextDelta); ok {
					break
				}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := hold(t, claudetest.Text)
			s := newStage(t, h.script, nil).learned()
			leave(s, h)
			assert.Zero(t, s.pool.count().Busy)
			assert.Zero(t, s.cli.Live(), "the process that answered is gone")
		})
	}
}

// TestACallerWhoLeavesAtAnyStageIsNoLongerWorkedFor: what comes to a process after that is not asked
// upstream any more, by it or by another.
func TestACallerWhoLeavesAtAnyStageIsNoLongerWorkedFor(t *testing.T) {
	for name, at := range map[string]claudetest.Stage{
		"while its process is told the system prompt": claudetest.Initialize,
		"while its process is told the parameters":    claudetest.Settings,
		"while its process is told the history":       claudetest.Silent,
		"before upstream is asked":                    claudetest.Turn,
		"before the first word":                       claudetest.Requested,
		"behind the first word":                       claudetest.Text,
	} {
		t.Run(name, func(t *testing.T) {
			h := hold(t, at)
			s := newStage(t, nil, nil).learned()
			s.cli.SetScript(h.script)
			before := s.cli.Count(claudetest.Requested)
			r := says("one", "two", "three")
			r.System = []string{"Be brief."}
			r.MaxTokens = 64
			ctx, leave := context.WithCancel(s.deadline())
			defer leave()
			left := make(chan told)
			go func() { left <- s.ask(ctx, r) }()
			h.wait(t)
			leave()
			a := <-left
			require.NotNil(t, a.err)
			assert.Contains(t, a.err.Message, context.Canceled.Error())
			count := s.pool.count()
			assert.Zero(t, count.Busy)
			assert.Equal(t, count.Idle+count.Warm, s.cli.Live(), "the process that worked for it is gone")
			wanted := before
			if at == claudetest.Requested || at == claudetest.Text {
				wanted++
			}
			assert.Equal(t, wanted, s.cli.Count(claudetest.Requested))

			s.cli.SetScript(nil)
			require.Nil(t, s.ask(s.deadline(), r).err, "the next request is answered")
		})
	}
}

func TestACallerWhoLeavesTheQueueIsForgotten(t *testing.T) {
	h := hold(t, claudetest.Text)
	s := newStage(t, h.script, func(c *Config) { c.MaxProcesses = 1 }).learned()
	first := make(chan told, 1)
	go func() { first <- s.ask(s.deadline(), says("one")) }()
	h.wait(t)
	ctx, leave := context.WithCancel(s.deadline())
	defer leave()
	left := make(chan told, 1)
	go func() { left <- s.ask(ctx, says("two")) }()
	s.eventually("the second waits", func(c conversation.ProcessCount) bool { return c.Queued == 1 })
	leave()
	a := <-left
	require.NotNil(t, a.err)
	assert.Contains(t, a.err.Message, context.Canceled.Error())
	assert.Zero(t, s.pool.count().Queued)

	h.release()
	assert.Nil(t, (<-first).err)
	s.cli.SetScript(nil)
	s.answered(says("three"))
	assert.Equal(t, 2, s.cli.Count(claudetest.Turn), "the second was never asked")
}

func TestCloseEndsWhatIsBeingAnswered(t *testing.T) {
	h := hold(t, claudetest.Text)
	s := newStage(t, h.script, func(c *Config) { c.MaxProcesses = 1 }).learned()
	errs := make(chan *conversation.Error, 2)
	for range 2 { // one is answered, one waits
		go func() { errs <- s.ask(s.deadline(), says("hello there")).err }()
	}
	h.wait(t)
	s.eventually("one waits", func(c conversation.ProcessCount) bool { return c.Queued == 1 })
	s.Close()
	for range 2 {
		err := <-errs
		require.NotNil(t, err)
		assert.Equal(t, conversation.ShuttingDown, err.Kind)
	}
	a := s.ask(s.deadline(), says("hello"))
	assert.Equal(t, conversation.ShuttingDown, a.err.Kind)
	s.Close() // once more is no harm
}

func TestCloseWhileTheCLIIsLearned(t *testing.T) {
	h := hold(t, claudetest.Version)
	s := newStage(t, h.script, nil)
	h.wait(t)
	s.Close()
	assert.Zero(t, s.cli.Live())
}
