package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"claude-max-api-proxy/proxy/offline"
)

// What the model says. Each is checked, so that an error message in an answer's
// place is not taken for a fast answer.
var (
	short = []string{"Hello", " there."}
	long  = slices.Repeat([]string{" word"}, 300)
)

// systemPrompt is one that stays the same from conversation to conversation, as
// those of most clients do.
var systemPrompt = strings.Repeat("You are a helpful assistant who answers in one short sentence. ", 32)

// memoryTime is how long an answer is held up while its memory is looked at.
const memoryTime = 400 * time.Millisecond

// warmUp asks everybody once: the first answer is not what users wait for all
// day, for better (our first process has been introduced to the CLI already) or
// worse (files that were never read before).
func (c *comparison) warmUp(ctx context.Context) error {
	for _, p := range c.proxies {
		if _, err := c.ask(ctx, p, offline.Text(short...), c.question()); err != nil {
			return err
		}
	}
	_, err := c.askModel(ctx, offline.Text(short...), c.question())
	return err
}

// newConversation asks a question nobody has asked before, and then goes on.
func (c *comparison) newConversation(ctx context.Context) error {
	first, second := c.question(), c.question()
	for _, p := range c.proxies {
		cpu, counted := p.cpu()
		a, err := c.ask(ctx, p, offline.Text(short...), first)
		if err != nil {
			return err
		}
		c.figures.add(newText, p.name, milliseconds(a.first))
		if err := settle(ctx, c.rest, p); err != nil {
			return err
		}
		between, _ := p.cpu()
		b, err := c.ask(ctx, p, offline.Text(short...), first, assistant(a.text), second)
		if err != nil {
			return err
		}
		c.figures.add(nextText, p.name, milliseconds(b.first))
		if err := settle(ctx, c.rest, p); err != nil {
			return err
		}
		if after, ok := p.cpu(); ok && counted {
			c.figures.add(newCPU, p.name, milliseconds(between-cpu))
			c.figures.add(nextCPU, p.name, milliseconds(after-between))
		}
	}
	a, err := c.askModel(ctx, offline.Text(short...), first)
	if err != nil {
		return err
	}
	b, err := c.askModel(ctx, offline.Text(short...), first, assistant(a.text), second)
	c.figures.add(newText, modelName, milliseconds(a.first))
	c.figures.add(nextText, modelName, milliseconds(b.first))
	return err
}

func (c *comparison) withSystemPrompt(ctx context.Context) error {
	q := c.question()
	for _, p := range c.proxies {
		a, err := c.ask(ctx, p, offline.Text(short...), system(systemPrompt), q)
		if err != nil {
			return err
		}
		c.figures.add(systemText, p.name, milliseconds(a.first))
	}
	return nil
}

// withLimit asks as agents do. The npm package ignores the limit, so that there
// is nothing to compare.
func (c *comparison) withLimit(ctx context.Context) error {
	limited := *c.proxies[0]
	limited.client = limited.client.withLimit()
	a, err := c.ask(ctx, &limited, offline.Text(short...), system(systemPrompt), c.question())
	if err != nil {
		return err
	}
	c.figures.add(limitText, limited.name, milliseconds(a.first))
	return nil
}

func (c *comparison) longAnswer(ctx context.Context) error {
	q := c.question()
	for _, p := range c.proxies {
		a, err := c.ask(ctx, p, offline.Text(long...), q)
		if err != nil {
			return err
		}
		c.figures.add(longTime, p.name, milliseconds(a.whole))
	}
	a, err := c.askModel(ctx, offline.Text(long...), q)
	c.figures.add(longTime, modelName, milliseconds(a.whole))
	return err
}

// upstreamBytes counts all that the shortest question causes, not only its own
// request.
func (c *comparison) upstreamBytes(ctx context.Context) error {
	for _, p := range c.proxies {
		if err := settle(ctx, c.rest, p); err != nil {
			return err
		}
		c.model.Reset()
		if _, err := c.ask(ctx, p, offline.Text(short...), user("hi")); err != nil {
			return err
		}
		if err := settle(ctx, c.rest, p); err != nil {
			return err
		}
		var sum int
		for _, r := range c.model.Requests() {
			sum += len(r.Body)
		}
		c.figures.add(upstream, p.name, float64(sum))
	}
	return nil
}

// memory looks at the processes in the middle of an answer and after the last.
func (c *comparison) memory(ctx context.Context) error {
	held := offline.Script(offline.Text(short[0]), offline.Pause(memoryTime), offline.Text(short[1:]...))
	for _, p := range c.proxies {
		if err := settle(ctx, c.rest, p); err != nil {
			return err
		}
		c.model.SetRespond(func(*offline.Request) offline.Reply { return held })
		a, err := p.client.ask(ctx, []message{c.question()}, func() {
			if n, _, ok := childMemory(p.child.pid()); ok {
				c.figures.add(busyCLIs, p.name, megabytes(n))
			}
		})
		if err := errors.Join(err, a.check(short)); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	for _, p := range c.proxies {
		if err := settle(ctx, time.Second, p); err != nil {
			return err
		}
		if n, ok := residentMemory(p.child.pid()); ok {
			c.figures.add(endMemory, p.name, megabytes(n))
		}
		if n, count, ok := childMemory(p.child.pid()); ok {
			c.figures.add(idleCLIs, p.name, megabytes(n))
			c.figures.add(idleCount, p.name, float64(count))
		}
	}
	return nil
}
