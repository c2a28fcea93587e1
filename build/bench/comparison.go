package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	"claude-max-api-proxy/proxy/offline"
)

// comparison measures everything with one version of the CLI.
type comparison struct {
	options
	node string
	cli  string // its file
	dir  string // a folder of our own

	model     *offline.Server
	alone     *client
	proxies   []*subject
	questions int
	figures   figures
}

func (c *comparison) run(ctx context.Context) (_ figures, err error) {
	if _, err := os.Stat(c.cli); err != nil {
		return nil, err
	}
	fmt.Fprintf(os.Stderr, "measuring through %s ...\n", c.cli)
	c.model, err = offline.Start(offline.Config{})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, c.model.Close()) }()
	c.alone = (&client{url: c.model.URL() + "/v1/messages"}).withLimit()
	c.figures = figures{}

	setups := []setup{c.ours(), c.theirs()}
	for range c.startups {
		for _, s := range setups {
			if err := c.startup(ctx, s); err != nil {
				return nil, err
			}
		}
	}
	for _, s := range setups {
		p, _, err := s.start(ctx)
		if err != nil {
			return nil, err
		}
		defer p.stop()
		c.proxies = append(c.proxies, p)
	}
	steps := []step{c.warmUp}
	repeat := func(question step, rounds int) {
		steps = append(steps, slices.Repeat([]step{question}, rounds)...)
	}
	// One kind of question after the other, as people ask: a program begins its
	// conversations alike. Within a round the proxies take turns.
	for _, question := range []step{
		c.newConversation, c.withSystemPrompt, c.withLimit, c.longAnswer, c.heldRoundTrip,
	} {
		repeat(question, c.rounds)
	}
	repeat(c.uncounted(c.replayedRoundTrip), vainRounds)
	repeat(c.replayedRoundTrip, c.rounds)
	for _, chat := range c.longChats() {
		steps = append(steps, chat.open)
		repeat(chat.goOn, c.longRounds())
	}
	steps = append(steps, c.upstreamBytes, c.memory)
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	return c.figures, nil
}

// step is a part of the run.
type step func(context.Context) error

// uncounted is a step whose figures do not count.
func (c *comparison) uncounted(s step) step {
	return func(ctx context.Context) error {
		counted := c.figures
		defer func() { c.figures = counted }()
		c.figures = figures{}
		return s(ctx)
	}
}

// startup times one start and stops the proxy again.
func (c *comparison) startup(ctx context.Context, s setup) error {
	p, took, err := s.start(ctx)
	if err != nil {
		return err
	}
	defer p.stop()
	c.figures.add(startTime, s.name, milliseconds(took))
	if n, ok := residentMemory(p.child.pid()); ok {
		c.figures.add(startMemory, s.name, megabytes(n))
	}
	return nil
}

// ask waits until nothing runs any more, sets what the model will say and asks.
func (c *comparison) ask(ctx context.Context, p *subject, r offline.Reply, messages ...message) (answer, error) {
	if err := settle(ctx, c.rest, c.proxies...); err != nil {
		return answer{}, err
	}
	c.model.SetRespond(func(*offline.Request) offline.Reply { return r })
	a, err := p.client.ask(ctx, messages, nil)
	if err := errors.Join(err, a.check(short, long)); err != nil {
		return a, fmt.Errorf("%s: %w; its last words: %s", p.name, err, p.child.lastWords())
	}
	return a, nil
}

func (c *comparison) askModel(ctx context.Context, r offline.Reply, messages ...message) (answer, error) {
	c.model.SetRespond(func(*offline.Request) offline.Reply { return r })
	return c.alone.ask(ctx, messages, nil)
}

// question is a new one each time: a proxy must not know how the conversation
// goes on.
func (c *comparison) question() message {
	c.questions++
	return user(fmt.Sprintf("Question %d: how are you today?", c.questions))
}
