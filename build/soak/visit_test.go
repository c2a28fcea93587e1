package soak

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// patience bounds every request, and every wait for something that has to happen.
const patience = 2 * time.Minute

var errHung = errors.New("it took longer than " + patience.String())

// mix says what a load is made of, in percent of its requests.
type mix struct {
	workers       int // clients at once
	leaves, kills int
	turns         int // of a conversation, at most; more of them need fewer processes
	// scripted: a text can tell the CLI at which moment to be killed. Else some process is
	// killed at some moment of the request.
	scripted bool
}

// visitor is a client on one visit: it has one conversation with the model.
type visitor struct {
	client *client
	ledger *ledger
	mix    mix
	random *rand.Rand
	killed func() bool // the app itself; nil for never

	system   string
	messages []message
	tools    string
}

// visit makes the visit of this number. The same seed and number make the same visit.
func visit(ctx context.Context, c *client, l *ledger, m mix, seed, number uint64, killed func() bool) {
	v := &visitor{client: c, ledger: l, mix: m, killed: killed, random: rand.New(rand.NewPCG(seed, number+100))}
	if v.chance(50) { // one of a few, which many conversations begin with
		n := v.random.IntN(3)
		v.system = fmt.Sprintf("You are of few words. %s", newMark(rand.New(rand.NewPCG(seed, uint64(n)))))
	}
	switch n := v.random.IntN(100); {
	case n < 40:
		v.turn(ctx, "new conversation", v.words(20))
	case n < 60:
		v.chat(ctx)
	case n < 72:
		v.roundTrips(ctx, false)
	case n < 82:
		v.roundTrips(ctx, true)
	case n < 88:
		v.changing(ctx)
	case n < 91:
		v.turn(ctx, "long answer", deed{say, 300 + v.random.IntN(1500)})
	default:
		v.fault(ctx)
	}
}

func (v *visitor) chance(percent int) bool { return v.random.IntN(100) < percent }

func (v *visitor) words(most int) deed { return deed{say, v.random.IntN(most)} }

// chat is a conversation of a few turns, which sometimes goes back by one.
func (v *visitor) chat(ctx context.Context) {
	way := "new conversation"
	for range 2 + v.random.IntN(v.mix.turns-1) {
		if !v.turn(ctx, way, v.words(40)) {
			return
		}
		way = "next turn"
		if v.chance(10) && len(v.messages) > 2 {
			v.messages, way = v.messages[:len(v.messages)-2], "next turn, one taken back"
		}
	}
}

// roundTrips lets the model call tools. With a word beside the results another process
// is told the conversation; without, the one that has called goes on.
func (v *visitor) roundTrips(ctx context.Context, beside bool) {
	// By its tools the proxy knows a client whose results it has waited for in vain.
	v.tools = "Asks somebody."
	if beside {
		v.tools = "Asks somebody else."
	}
	way := "new conversation"
	for range 1 + v.random.IntN(2) {
		if !v.turn(ctx, way, deed{call, 1 + v.random.IntN(3)}) {
			return
		}
		next := v.words(10)
		if v.chance(30) {
			next = deed{call, 1 + v.random.IntN(2)}
		}
		if !v.results(ctx, beside, next) {
			return
		}
		for next.name == call {
			next = v.words(10)
			if !v.results(ctx, beside, next) {
				return
			}
		}
		way = "next turn"
	}
}

// results brings those of the calls in the last message.
func (v *visitor) results(ctx context.Context, beside bool, d deed) bool {
	made := v.messages[len(v.messages)-1].ToolCalls
	way := "results, held"
	if beside {
		way = "results, replayed"
	}
	return v.ask(ctx, way, d, func(order string) (more []message) {
		for i, c := range made {
			text := "found " + newMark(v.random)
			if i == len(made)-1 && !beside {
				text += " " + order
			}
			more = append(more, message{Role: "tool", ToolCallID: c.ID, Content: text})
		}
		if beside {
			more = append(more, message{Role: "user", Content: "Go on. " + newMark(v.random) + " " + order})
		}
		return more
	})
}

// changing is a long conversation whose system prompt is another one in each request,
// so that no process knows it.
func (v *visitor) changing(ctx context.Context) {
	for i := range 10 + v.random.IntN(30) {
		filler := strings.Repeat("and so on ", 20)
		v.messages = append(v.messages,
			message{Role: "user", Content: fmt.Sprintf("Question %d %s %s", i, newMark(v.random), filler)},
			message{Role: "assistant", Content: fmt.Sprintf("Answer %d %s %s", i, newMark(v.random), filler)})
	}
	for range 3 {
		v.system = "It is another time now. " + newMark(v.random)
		if !v.turn(ctx, "long history, changed", v.words(20)) {
			return
		}
	}
}

// fault is a request that upstream does not answer, and one that it does.
func (v *visitor) fault(ctx context.Context) {
	all := []deed{{fail, 429}, {fail, 500}, {fail, 529}, {cut, 5}, {event, 5}, {cut, 0}, {fail, 401}}
	v.turn(ctx, "", all[v.random.IntN(len(all))])
	v.turn(ctx, "", v.words(10))
}

// turn says something more that asks for the deed.
func (v *visitor) turn(ctx context.Context, way string, d deed) bool {
	return v.ask(ctx, way, d, func(order string) []message {
		return []message{{Role: "user", Content: "Something new " + newMark(v.random) + " " + order}}
	})
}

// tries is how often a request is sent that was not answered, as clients do.
const tries = 3

// ask adds to the conversation and says whether it was answered, so that the
// conversation goes on. Only the first try meets with what the mix has for it.
func (v *visitor) ask(ctx context.Context, way string, d deed, more func(order string) []message) bool {
	for try := range tries {
		if ctx.Err() != nil {
			return false
		}
		q := request{system: v.system, tools: v.tools, deed: d, way: way, stream: v.chance(60)}
		if try == 0 && !d.fails() {
			v.trouble(&q)
		}
		order := q.deed.String()
		if q.fate != spared {
			order += " kill:" + string(q.fate)
		}
		said := more(order)
		q.messages = append(append([]message{}, v.messages...), said...)
		q.mark = lastMark(q.heard())

		s, came := v.send(ctx, q)
		switch came {
		case right:
			v.messages = append(q.messages, s.said())
			return true
		case expected, wrong, hung, cutOff:
			return false
		}
	}
	return false
}

// said is the answer as a client sends it back.
func (s *seen) said() message {
	m := message{Role: "assistant", Content: s.text.String()}
	for _, c := range s.calls {
		wire := wireCall{ID: c.ID, Type: "function"}
		wire.Function.Name, wire.Function.Arguments = toolName, c.Arguments
		m.ToolCalls = append(m.ToolCalls, wire)
	}
	return m
}

// send has one request answered and notes what came of it.
func (v *visitor) send(ctx context.Context, q request) (*seen, verdict) {
	limited, cancel := context.WithTimeoutCause(ctx, patience, errHung)
	defer cancel()
	s := v.client.do(limited, q)
	came, why := judge(q, s, v.mix.kills > 0)
	switch {
	case came != cutOff:
	case errors.Is(context.Cause(limited), errHung):
		came = hung
	case ctx.Err() == nil && (v.killed == nil || !v.killed()):
		came = wrong
	}
	v.ledger.note(q, s, came, why)
	return s, came
}

// trouble is what a request meets with on its way.
func (v *visitor) trouble(q *request) {
	switch n := v.random.IntN(100); {
	case n < v.mix.leaves:
		v.leaves(q)
	case n < v.mix.leaves+v.mix.kills && !v.mix.scripted:
		q.kills = pick(v.random, atOnce, whenAsked, atText, amidText)
	case n < v.mix.leaves+v.mix.kills:
		q.fate = pick(v.random, killTurn, killAsked, killText, killHalf, killLast, killAnother)
	}
}

// leaves makes the client hang up; half of the times the answer has no end before that.
func (v *visitor) leaves(q *request) {
	q.leaves = pick(v.random, atOnce, whenAsked, atText, amidText)
	if q.leaves.pieces() > 0 {
		q.stream = true
	}
	if v.chance(50) && q.deed.name == say {
		q.deed = deed{hang, 5}
		if q.leaves == whenAsked {
			q.deed.name = silent
		}
	}
}

func pick[T any](random *rand.Rand, from ...T) T { return from[random.IntN(len(from))] }
