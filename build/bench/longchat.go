package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"claude-max-api-proxy/proxy/offline"
)

// longChat is a conversation that has many turns behind it, and goes on by one with each
// round.
type longChat struct {
	*comparison
	metric metric
	turns  int // of the user, before the first round that counts
	// system is the system prompt of its nth request.
	system func(n int) message
	// parting is said last in each request, and not part of the next one; may be empty.
	parting []message
	// kept says that a client goes on where it was, so that our proxy can, too.
	kept bool

	said     []message
	requests int
	session  string // of the last answer of our proxy
	failed   bool   // the npm package cannot do this
}

const (
	manyTurns = 40
	mostTurns = 200
	// warmUps is after how many requests our proxy has learned how a client goes on.
	warmUps = 2
)

// longRounds is how often a long conversation is asked to go on: not as often as others,
// because these rounds take longest.
func (o options) longRounds() int { return (o.rounds + 1) / 2 }

// longChats are all that there are, in the order of the table.
func (c *comparison) longChats() []*longChat {
	constant := func(int) message { return system(longPrompt) }
	changing := func(n int) message { return system(fmt.Sprintf("%sIt is now %d minutes past noon.", longPrompt, n)) }
	return []*longChat{
		{comparison: c, metric: keptText40, turns: manyTurns, system: constant, kept: true},
		{comparison: c, metric: keptText200, turns: mostTurns, system: constant, kept: true},
		{comparison: c, metric: changedText40, turns: manyTurns, system: changing},
		{comparison: c, metric: changedText200, turns: mostTurns, system: changing},
		{comparison: c, metric: partingText40, turns: manyTurns, system: constant, parting: []message{user("Today is Wednesday, and the weather is fine.")}},
	}
}

// longPrompt has some KB, as those of agents do.
var longPrompt = strings.Repeat(systemPrompt, 2)

// remark is what somebody says in a conversation, about 230 characters.
func (l *longChat) remark(of string, n int) string {
	return fmt.Sprintf("%s %d about %s: ", of, n, l.metric.key) + strings.Repeat("some more words to think of, ", 6) + "and so on."
}

// open is the first that our proxy hears of the conversation. The npm package remembers
// nothing, so that there is nothing for it to learn.
func (l *longChat) open(ctx context.Context) error {
	for n := range l.turns - warmUps {
		l.said = append(l.said, user(l.remark("Question", n)), assistant(l.remark("Answer", n)))
	}
	for range warmUps {
		if _, err := l.askNext(ctx, l.proxies[0]); err != nil {
			return err
		}
		l.answered()
	}
	return nil
}

// goOn asks for one turn more.
func (l *longChat) goOn(ctx context.Context) error {
	if ours := l.proxies[0]; !l.kept {
		ours.spares = 2 // one for all kinds of requests, one that reads a history
		defer func() { ours.spares = 1 }()
	}
	for _, p := range l.proxies {
		theirs := p.name == theirsName
		if theirs && l.failed {
			continue
		}
		a, err := l.askNext(ctx, p)
		if err != nil && theirs && ctx.Err() == nil {
			// It puts all of it into one argument of a command line, which Linux bounds to
			// 128 KiB; beyond that it never answers.
			fmt.Fprintf(os.Stderr, "no figure for %s: %v\n", l.metric.name, err)
			l.failed = true
			delete(l.figures[l.metric.key], p.name)
			continue
		}
		if err != nil {
			return err
		}
		l.figures.add(l.metric, p.name, milliseconds(a.first))
	}
	l.answered()
	return nil
}

// askNext asks the question that is next.
func (l *longChat) askNext(ctx context.Context, p *subject) (answer, error) {
	talk := append([]message{l.system(l.requests)}, l.said...)
	talk = append(talk, user(l.remark("Question", len(l.said)/2)))
	talk = append(talk, l.parting...)
	a, session, err := l.askWhole(ctx, p, offline.Text(short...), talk...)
	if err != nil || p.name != oursName {
		return a, err
	}
	if l.requests > 0 && l.kept != (session == l.session) {
		return a, fmt.Errorf("%s: %s: the wrong process has answered", p.name, l.metric.name)
	}
	l.session = session
	return a, nil
}

// answered notes that everybody has heard the question and said the same.
func (l *longChat) answered() {
	l.said = append(l.said, user(l.remark("Question", len(l.said)/2)), assistant(strings.Join(short, "")))
	l.requests++
}
