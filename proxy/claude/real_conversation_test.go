package claude_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"claude-max-api-proxy/proxy/claude"
	"claude-max-api-proxy/proxy/claude/claudetest"
	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/offline"
)

// pixel is a whole PNG of one pixel.
const pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

// paper is the shortest thing that counts as a PDF here: nobody opens it.
const paper = "JVBERi0xLjQKJSVFT0YK"

func text(s string) conversation.Block { return conversation.Text{Text: s} }

func user(blocks ...conversation.Block) conversation.Turn {
	return conversation.Turn{Role: conversation.User, Blocks: blocks}
}

func assistant(s string) conversation.Turn {
	return conversation.Turn{Role: conversation.Assistant, Blocks: []conversation.Block{text(s)}}
}

func image() conversation.Block {
	return conversation.Image{Source: conversation.Source{Data: pixel, MediaType: "image/png"}}
}

// heard is what the model should be told for these turns, in the form of said.
func heard(t *testing.T, turns ...conversation.Turn) (out []string) {
	t.Helper()
	for _, turn := range turns {
		for _, b := range turn.Blocks {
			raw, err := json.Marshal(b)
			require.NoError(t, err)
			var block map[string]any
			require.NoError(t, json.Unmarshal(raw, &block))
			raw, err = json.Marshal(block)
			require.NoError(t, err)
			out = append(out, string(turn.Role)+" "+string(raw))
		}
	}
	return out
}

// TestAConversationArrivesAsItIs: the model is told the same, whether the CLI has
// heard the conversation as it went on or all at once.
func TestAConversationArrivesAsItIs(t *testing.T) {
	claudetest.Each(t, func(t *testing.T, cli string) {
		r := newRig(t, cli, nil)
		ctx := deadline(t)
		turns := []conversation.Turn{
			user(text("What is this? <&> \\"), image(), text("offline:echo(A pixel, \"red\".\nNothing else.)")),
			assistant("A pixel, \"red\".\nNothing else."),
			user(text("  Sure? \n offline:echo(Ja, völlig 日本 👩\u200d💻.)")),
			assistant("Ja, völlig 日本 👩\u200d💻."),
			user(text("And "), text("offline:echo( two\n\n- a\n- b\n )")),
			assistant(" two\n\n- a\n- b\n "),
			user(text("Last one: offline:echo(done)")),
		}
		q := func(n int) *conversation.Request {
			return &conversation.Request{Model: "claude-opus-4", System: []string{"You are Y.", "Be brief; <b>never</b> lie."}, Turns: turns[:n]}
		}

		cold := r.ask(ctx, q(7))
		require.NoError(t, cold.err)
		assert.Equal(t, "done", cold.text)
		for n := 1; n <= 7; n += 2 {
			a := r.ask(ctx, q(n))
			require.NoError(t, a.err)
			if n < 7 {
				require.Equal(t, turns[n].PlainText(), a.text)
			}
		}

		requests := r.model.Requests()
		require.Len(t, requests, 5)
		want := heard(t, turns...)
		assert.Equal(t, want, said(t, requests[0]), "told at once")
		assert.Equal(t, want, said(t, requests[4]), "told as it went on")
		for _, q := range requests {
			assert.Contains(t, q.SystemText(), "You are Y.\n\nBe brief; <b>never</b> lie.")
			assert.Empty(t, q.ToolNames(), "the model has no tools")
		}
		first := upstreamSession(requests[1])
		require.NotEmpty(t, first)
		assert.NotEqual(t, upstreamSession(requests[0]), first)
		for _, q := range requests[1:] {
			assert.Equal(t, first, upstreamSession(q), "one process answers all turns")
		}
		assert.Equal(t, requests[0].Model, requests[4].Model)

		// One letter of the past is another conversation.
		changed := q(7)
		changed.Turns = append([]conversation.Turn{user(text("what is this?"))}, turns[1:]...)
		require.NoError(t, r.ask(ctx, changed).err)
		requests = r.model.Requests()
		require.Len(t, requests, 6)
		assert.NotEqual(t, first, upstreamSession(requests[5]))
		assert.Equal(t, heard(t, changed.Turns...), said(t, requests[5]))
	})
}

// TestAPreparedProcessTellsTheModelTheSame: what a process went through ahead
// of a conversation leaves no trace in it.
func TestAPreparedProcessTellsTheModelTheSame(t *testing.T) {
	cli := claudetest.Either(t)
	turns := []conversation.Turn{
		user(text("Look: "), image()),
		assistant("A pixel."),
		user(text("offline:echo(done)")),
	}
	question := func() *conversation.Request {
		return &conversation.Request{
			Model: "claude-opus-4", System: []string{"You are Y."}, MaxTokens: 4096, Turns: turns,
		}
	}
	r := newRig(t, cli, nil)
	ctx := deadline(t)
	for n := range 3 {
		require.Eventually(t, func() bool {
			p := r.Status().Processes
			return p.Starting == 0 && p.Warm >= min(2+n/2, 3)
		}, 30*time.Second, 5*time.Millisecond)
		a := r.ask(ctx, question())
		require.NoError(t, a.err)
		require.Equal(t, "done", a.text)
	}
	asked := r.model.Requests()
	require.Len(t, asked, 3, "nothing but the questions went upstream")
	for _, a := range asked {
		assert.Equal(t, heard(t, turns...), said(t, a))
		assert.Equal(t, 4096, a.MaxTokens)
		assert.Equal(t, asked[0].SystemText(), a.SystemText())
		assert.Len(t, a.Messages, len(asked[0].Messages))
	}
}

func TestMediaArriveUnchanged(t *testing.T) {
	claudetest.Each(t, func(t *testing.T, cli string) {
		r := newRig(t, cli, nil)
		turns := []conversation.Turn{
			user(image(), image(), text("two pictures")),
			assistant("yes"),
			user(
				conversation.Image{Source: conversation.Source{URL: "https://example.com/a.png?x=1&y=2"}},
				conversation.Document{Source: conversation.Source{Data: paper, MediaType: "application/pdf"}, Title: "a b.pdf"},
				image(), text("offline:echo(seen)"),
			),
		}
		a := r.ask(deadline(t), &conversation.Request{Model: "claude-sonnet-4", Turns: turns})
		require.NoError(t, a.err)
		require.Len(t, r.model.Requests(), 1)
		assert.Equal(t, heard(t, turns...), said(t, r.model.Requests()[0]))
	})
}

// TestTextIsOnlyText: what means something to the CLI at its own prompt is text
// here. Only the old CLI needs one space before a "/" that begins the last text of
// a turn.
func TestTextIsOnlyText(t *testing.T) {
	odd := []string{"/help", "/", "/model opus", "/compact", "/mcp__c__look", "@/etc/passwd what is in it", "@/etc/hostname", "#remember", "# memory", "!ls", "! ls", "\n/help", " /help", "<system>x</system>", "-p", "${HOME} `id`"}
	claudetest.Each(t, func(t *testing.T, cli string) {
		r := newRig(t, cli, nil)
		ctx := deadline(t)
		spaced := func(s string) string {
			if strings.HasPrefix(s, "/") && strings.Contains(cli, claudetest.Versions[0]) {
				return " " + s
			}
			return s
		}
		// All in the past of one conversation, first and middle turns, …
		var turns, want []conversation.Turn
		for _, s := range odd {
			turns = append(turns, user(text(s)), assistant("answer to "+s))
			want = append(want, user(text(spaced(s))), assistant("answer to "+s))
		}
		turns = append(turns, user(text("/one"), image(), text("/two"), image()), assistant("/three"), user(text("/four"), text("five")))
		want = append(want, user(text("/one"), image(), text(spaced("/two")), image()), assistant("/three"), user(text("/four"), text("five")))
		a := r.ask(ctx, &conversation.Request{Model: "claude-opus-4", Turns: turns})
		require.NoError(t, a.err)
		requests := r.model.Requests()
		require.Len(t, requests, 1)
		assert.Equal(t, heard(t, want...), said(t, requests[0]))

		// … and each as the last turn.
		for i, s := range odd {
			turns = append(turns, assistant(a.text), user(text(s)))
			want = append(want, assistant(a.text), user(text(spaced(s))))
			a = r.ask(ctx, &conversation.Request{Model: "claude-opus-4", Turns: turns})
			require.NoError(t, a.err, s)
			requests = r.model.Requests()
			require.Len(t, requests, i+2, s)
			assert.Equal(t, heard(t, want...), said(t, requests[i+1]), s)
		}
		assert.Equal(t, upstreamSession(requests[0]), upstreamSession(requests[len(odd)]))
	})
}

// TestASystemPromptIsOnlyText is the same of what a client has for a system prompt.
func TestASystemPromptIsOnlyText(t *testing.T) {
	odd := []string{"/compact", "@/etc/passwd", "!ls", "#memory", "-p", "--model=opus", "</system>", "${HOME} `id`", "{\"type\":\"user\"}", "a\u2028b"}
	claudetest.Each(t, func(t *testing.T, cli string) {
		r := newRig(t, cli, nil)
		a := r.ask(deadline(t), &conversation.Request{Model: "claude-opus-4", System: odd, Turns: []conversation.Turn{user(text("hi"))}})
		require.NoError(t, a.err)
		require.Len(t, r.model.Requests(), 1)
		assert.Contains(t, r.model.Requests()[0].SystemText(), strings.Join(odd, "\n\n"))
	})
}

func TestALongPrompt(t *testing.T) {
	cli := claudetest.Either(t)
	r := newRig(t, cli, nil)
	const line = "Line with ümlaut and \"quotes\".\n"
	turns := []conversation.Turn{user(text(strings.Repeat(line, 8<<20/len(line)) + "offline:echo(read)"))}
	a := r.ask(deadline(t), &conversation.Request{Model: "claude-opus-4", Turns: turns})
	require.NoError(t, a.err)
	require.Len(t, r.model.Requests(), 1)
	assert.True(t, heard(t, turns...)[0] == said(t, r.model.Requests()[0])[0], "8 MiB arrive to the byte")
}

// TestAConversationIsNeverSummarised: left to itself, the CLI replaces a long
// conversation, or one that upstream refuses, by a summary that it asks for itself.
func TestAConversationIsNeverSummarised(t *testing.T) {
	cli := claudetest.Either(t)
	r := newRig(t, cli, nil)
	ctx := deadline(t)
	var turns []conversation.Turn
	ask := func(what string) reply {
		turns = append(turns, user(text("The word is plum. "+what)))
		a := r.ask(ctx, &conversation.Request{Model: "claude-sonnet-4", Turns: slices.Clone(turns)})
		turns = append(turns, assistant(a.text))
		return a
	}
	// As much as the model can take, by upstream's own count, again and again.
	const turnsOfUsage = 4
	for range turnsOfUsage {
		require.NoError(t, ask("offline:usage(990000,0,0,5)").err)
	}
	requests := r.model.Requests()
	require.Len(t, requests, turnsOfUsage, "nothing but the questions went upstream")
	assert.Equal(t, heard(t, turns[:len(turns)-1]...), said(t, requests[turnsOfUsage-1]))

	for what, kind := range map[string]conversation.Kind{
		"offline:too_long":  conversation.ContextLength,
		"offline:too_large": conversation.TooLarge,
	} {
		r.model.Reset()
		history := slices.Clone(turns)
		a := ask(what)
		require.Error(t, a.err)
		assert.Equal(t, kind, conversation.AsError(a.err).Kind)
		assert.Len(t, r.model.Requests(), 1, "%s is told, not worked around", what)
		turns = history
	}
}

// TestARefusedPictureIsToldAtOnce: left to itself, the CLI takes the picture out
// and asks again.
func TestARefusedPictureIsToldAtOnce(t *testing.T) {
	claudetest.Each(t, func(t *testing.T, cli string) {
		r := newRig(t, cli, nil)
		r.model.SetRespond(func(q *offline.Request) offline.Reply {
			if len(q.LastUser().Content) > 0 && strings.Contains(string(q.Body), `"image"`) {
				return offline.Fail(400, "invalid_request_error", "Could not process image")
			}
			return offline.Text("an answer that nobody asked for")
		})
		a := r.ask(deadline(t), &conversation.Request{Model: "claude-opus-4", Turns: []conversation.Turn{user(image(), text("What is it?"))}})
		require.Error(t, a.err)
		failure := conversation.AsError(a.err)
		assert.Equal(t, conversation.InvalidRequest, failure.Kind)
		assert.Equal(t, 400, failure.Status)
		assert.NotContains(t, failure.Error(), "nobody asked for")
		assert.Empty(t, a.text)
	})
}

func TestOldModelsAreNotReplacedByNewOnes(t *testing.T) {
	claudetest.Each(t, func(t *testing.T, cli string) {
		r := newRig(t, cli, nil)
		q := question("offline:echo(hi)")
		q.Model = "claude-opus-4-20250514"
		require.NoError(t, r.ask(deadline(t), q).err)
		require.Len(t, r.model.Requests(), 1)
		assert.Equal(t, q.Model, r.model.Requests()[0].Model)
	})
}

func TestAnswersArriveAsTheyAre(t *testing.T) {
	cli := claudetest.Either(t)
	r := newRig(t, cli, nil)
	ctx := deadline(t)

	a := r.ask(ctx, question("offline:utf8"))
	require.NoError(t, a.err)
	assert.Equal(t, "Grüße 👩\u200d💻 👍🏽 日本語 e\u0301 한국어 𝄞 🇩🇪 \u202eabc\u202c <&> \"\\\" \u2028end", a.text)
	assert.Equal(t, 23, a.deltas, "each piece is passed on by itself")

	a = r.ask(ctx, question("offline:thinking"))
	require.NoError(t, a.err)
	assert.Equal(t, "The person wants to see some thinking. Here it is.", a.thinking)
	assert.Equal(t, "I have thought about it.", a.text)

	a = r.ask(ctx, question("offline:usage(10,20,30,40)"))
	require.NoError(t, a.err)
	assert.Equal(t, conversation.Usage{InputTokens: 10, CacheCreationTokens: 20, CacheReadTokens: 30, OutputTokens: 40}, a.done.Usage)
	assert.Equal(t, 60, a.done.Usage.PromptTokens())

	a = r.ask(ctx, question("offline:long(3000)"))
	require.NoError(t, a.err)
	assert.Len(t, strings.Fields(a.text), 3000)
	assert.Len(t, r.model.Requests(), 4)
}

// TestTheCLINeverAsksTwice: after these ends it would ask upstream again by itself,
// which costs quota.
func TestTheCLINeverAsksTwice(t *testing.T) {
	claudetest.Each(t, func(t *testing.T, cli string) {
		r := newRig(t, cli, nil)
		ctx := deadline(t)
		for _, tt := range []struct {
			scenario, text string
			reason         conversation.StopReason
		}{
			{"max_tokens", "This answer stops in the ", conversation.MaxTokens},
			{"refusal", "I would rather not", conversation.Refusal},
			{"empty", "", conversation.EndTurn},
		} {
			a := r.ask(ctx, question("offline:"+tt.scenario))
			require.NoError(t, a.err, tt.scenario)
			assert.Equal(t, tt.text, a.text)
			assert.Equal(t, tt.reason, a.done.Reason, tt.scenario)
			require.NoError(t, r.model.WaitIdle(ctx))
		}
		q := question("offline:long(5000)")
		q.MaxTokens = 1500
		a := r.ask(ctx, q)
		require.NoError(t, a.err)
		assert.Equal(t, conversation.MaxTokens, a.done.Reason)
		assert.Len(t, strings.Fields(a.text), 1500)
		assert.Equal(t, 1500, a.done.Usage.OutputTokens)
		// The next request was answered after what would have been the second one.
		require.NoError(t, r.ask(ctx, question("offline:echo(after)")).err)
		requests := r.model.Requests()
		require.Len(t, requests, 5)
		assert.Equal(t, 1500, requests[3].MaxTokens)
		assert.NotEqual(t, 1500, requests[4].MaxTokens, "the figure is one request's only")
	})
}

func TestConversationsNeverMix(t *testing.T) {
	cli := claudetest.Either(t)
	r := newRig(t, cli, nil)
	ctx := deadline(t)
	type line struct {
		q       *conversation.Request
		session string
	}
	lines := []*line{
		{q: &conversation.Request{Model: "claude-opus-4"}},
		{q: &conversation.Request{Model: "claude-sonnet-4"}},
		{q: &conversation.Request{Model: "claude-opus-4", System: []string{"Be brief."}}},
		{q: &conversation.Request{Model: "claude-opus-4", System: []string{"Be long."}, MaxTokens: 4000}},
	}
	for round := range 2 {
		for i, l := range lines {
			mark := fmt.Sprintf("line %d round %d", i, round)
			l.q.Turns = append(l.q.Turns, user(text(mark+" offline:echo("+mark+")")))
			a := r.ask(ctx, l.q)
			require.NoError(t, a.err)
			require.Equal(t, mark, a.text)
			requests := r.about(mark)
			require.Len(t, requests, 1)
			assert.Equal(t, heard(t, l.q.Turns...), said(t, requests[0]))
			if round == 0 {
				l.session = upstreamSession(requests[0])
			}
			assert.Equal(t, l.session, upstreamSession(requests[0]))
			l.q.Turns = append(l.q.Turns, assistant(a.text))
		}
	}
	sessions := map[string]bool{}
	for _, l := range lines {
		sessions[l.session] = true
	}
	assert.Len(t, sessions, len(lines))
	requests := r.model.Requests()
	assert.Contains(t, requests[1].Model, "sonnet")
	assert.NotContains(t, requests[0].SystemText(), "Be brief.")
	assert.Contains(t, requests[2].SystemText(), "Be brief.")
	assert.Equal(t, 4000, requests[3].MaxTokens)
}

func TestTwentyAtOnce(t *testing.T) {
	// One version is enough for the pool, which is what this is about.
	r := newRig(t, claudetest.Real(t, claudetest.Versions[1]), func(c *claude.Config) { c.MaxProcesses = 6 })
	ctx := deadline(t)
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			mark := fmt.Sprintf("number %d of twenty", i)
			a := r.ask(ctx, question("offline:echo("+mark+")"))
			assert.NoError(t, a.err)
			assert.Equal(t, mark, a.text)
		})
	}
	all.Wait()
	assert.Len(t, r.model.Requests(), 20)
}
