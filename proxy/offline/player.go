package offline

import (
	"context"
	"errors"
	"time"
)

// player plays one reply into a sink; it keeps what the event grammar needs to
// know: whether the message has begun and which block is open.
type player struct {
	ctx   context.Context // ends when the peer hangs up or the server closes
	req   *Request
	out   sink
	ids   *ids
	pace  time.Duration
	reply Reply

	started bool
	pinged  bool
	open    string // type of the open block; "" when none is
	index   int    // of the open block, or of the next one
	tools   bool   // a tool was called
	output  int    // tokens so far
}

// play returns nil when the answer is complete, and an error when the connection
// has to be closed instead.
func (p *player) play() error {
	for _, s := range p.reply.steps {
		err := s.play(p)
		if errors.Is(err, errEnded) {
			return p.out.end()
		}
		if err != nil {
			return err
		}
	}
	if err := p.finish(); err != nil {
		return err
	}
	return p.out.end()
}

// start sends message_start, once.
func (p *player) start() error {
	if p.started {
		return nil
	}
	p.started = true
	usage := p.usage()
	usage.Output = 1 // the API's first figure is always a small one
	return p.emit("message_start", messageStart{"message_start", message{
		ID: p.ids.message(), Type: "message", Role: "assistant", Model: p.req.Model,
		Content: []any{}, Usage: usage,
	}})
}

func (p *player) openBlock(kind string, block any) error {
	if err := p.closeBlock(); err != nil {
		return err
	}
	if err := p.start(); err != nil {
		return err
	}
	p.open = kind
	if err := p.emit("content_block_start", blockStart{"content_block_start", p.index, block}); err != nil {
		return err
	}
	if p.pinged {
		return nil
	}
	p.pinged = true
	return p.emit("ping", ping{"ping"})
}

func (p *player) delta(d any) error {
	return p.emit("content_block_delta", blockDelta{"content_block_delta", p.index, d})
}

func (p *player) closeBlock() error {
	if p.open == "" {
		return nil
	}
	index := p.index
	p.open = ""
	p.index++
	return p.emit("content_block_stop", blockStop{"content_block_stop", index})
}

func (p *player) finish() error {
	if err := p.start(); err != nil {
		return err
	}
	if err := p.closeBlock(); err != nil {
		return err
	}
	delta := messageDelta{"message_delta", stopDelta{StopReason: p.stopReason()}, p.usage()}
	if err := p.emit("message_delta", delta); err != nil {
		return err
	}
	return p.emit("message_stop", messageStop{"message_stop"})
}

func (p *player) stopReason() string {
	switch {
	case p.reply.stop != "":
		return p.reply.stop
	case p.tools:
		return "tool_use"
	}
	return "end_turn"
}

func (p *player) usage() Usage {
	if p.reply.usage != nil {
		return *p.reply.usage
	}
	return Usage{Input: p.req.inputTokens(), Output: p.output}
}

// emit looks for the hang-up first: a script at full speed would otherwise go on
// until the socket's buffers are full.
func (p *player) emit(name string, data any) error {
	if err := p.ctx.Err(); err != nil {
		return err
	}
	return p.out.event(name, data)
}

func (p *player) pause(d time.Duration) error {
	if d <= 0 {
		return nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-p.ctx.Done():
		return p.ctx.Err()
	}
}
