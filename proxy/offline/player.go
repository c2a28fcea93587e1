package offline

import (
	"context"
	"errors"
	"strings"
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
	held    string // text that may be the beginning of a stop sequence
	stopped string // the stop sequence that came up
}

// play returns nil when the answer is complete, and an error when the connection
// has to be closed instead.
func (p *player) play() error {
	for _, s := range p.reply.steps {
		err := s.play(p)
		if errors.Is(err, errEnded) {
			return p.out.end()
		}
		if errors.Is(err, errStopped) {
			break
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

// text sends a piece of text up to a stop sequence. What may be the beginning of one
// waits for the next piece.
func (p *player) text(d string) error {
	said := p.held + d
	end, stop := firstStop(said, p.req.StopSequences)
	p.held, p.stopped = "", stop
	if stop == "" {
		end = len(said) - begun(said, p.req.StopSequences)
		p.held = said[end:]
	}
	if end > 0 {
		if err := p.delta(textDelta{"text_delta", said[:end]}); err != nil {
			return err
		}
	}
	if stop != "" {
		return errStopped
	}
	return nil
}

// firstStop finds the stop sequence that a text comes to first; "" for none.
func firstStop(said string, stops []string) (at int, stop string) {
	for _, s := range stops {
		if i := strings.Index(said, s); i >= 0 && (stop == "" || i < at) {
			at, stop = i, s
		}
	}
	return at, stop
}

// begun is how many bytes at the end of a text may begin a stop sequence.
func begun(said string, stops []string) int {
	for n := len(said); n > 0; n-- {
		for _, s := range stops {
			if len(s) > n && strings.HasPrefix(s, said[len(said)-n:]) {
				return n
			}
		}
	}
	return 0
}

func (p *player) closeBlock() error {
	if p.open == "" {
		return nil
	}
	if held := p.held; held != "" {
		p.held = ""
		if err := p.delta(textDelta{"text_delta", held}); err != nil {
			return err
		}
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
	delta := messageDelta{"message_delta", p.stopDelta(), p.usage()}
	if err := p.emit("message_delta", delta); err != nil {
		return err
	}
	return p.emit("message_stop", messageStop{"message_stop"})
}

func (p *player) stopDelta() stopDelta {
	delta := stopDelta{StopReason: p.stopReason()}
	if p.stopped != "" {
		delta.StopSequence = &p.stopped
	}
	return delta
}

func (p *player) stopReason() string {
	switch {
	case p.stopped != "":
		return "stop_sequence"
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
