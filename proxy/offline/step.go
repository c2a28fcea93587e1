package offline

import (
	"errors"
	"time"
)

// step is one piece of a script.
type step interface {
	play(p *player) error
}

// Steps end an answer early with one of these; any other error means that the
// peer has gone.
var (
	// errStopped: a stop sequence came up; the message is to be closed.
	errStopped = errors.New("a stop sequence ends the answer")
	// errEnded: the answer is complete as it stands, nothing closes the message.
	errEnded = errors.New("the answer has ended")
	// errCut: the connection is to be closed now.
	errCut = errors.New("the connection is to be cut")
)

type (
	textStep struct {
		deltas []string
		paced  bool // with the server's pace between the deltas
	}
	thinkingStep struct {
		deltas    []string
		signature string
	}
	toolStep       struct{ id, name string }
	toolInputStep  struct{ chunks []string }
	nextBlockStep  struct{}
	beginStep      struct{}
	pauseStep      struct{ time.Duration }
	waitStep       struct{ gate <-chan struct{} }
	failStep       struct{ failure }
	errorEventStep struct{ failure }
	restartStep    struct{}
	cutStep        struct{ midLine bool }
	silenceStep    struct{}
)

func (s textStep) play(p *player) error {
	if p.open != "text" {
		if err := p.openBlock("text", textBlock{Type: "text"}); err != nil {
			return err
		}
	}
	for i, d := range s.deltas {
		if s.paced && i > 0 {
			if err := p.pause(p.pace); err != nil {
				return err
			}
		}
		p.output += outputTokens(d)
		if err := p.text(d); err != nil {
			return err
		}
	}
	return nil
}

func (s thinkingStep) play(p *player) error {
	if err := p.openBlock("thinking", thinkingBlock{Type: "thinking"}); err != nil {
		return err
	}
	for _, d := range s.deltas {
		p.output += outputTokens(d)
		if err := p.delta(thinkingDelta{"thinking_delta", d}); err != nil {
			return err
		}
	}
	if s.signature != "" {
		if err := p.delta(signatureDelta{"signature_delta", s.signature}); err != nil {
			return err
		}
	}
	return p.closeBlock()
}

func (s toolStep) play(p *player) error {
	if err := p.start(); err != nil {
		return err
	}
	id := s.id
	if id == "" {
		id = p.ids.tool()
	}
	p.tools = true
	return p.openBlock("tool_use", toolBlock{Type: "tool_use", ID: id, Name: s.name, Input: struct{}{}})
}

func (s toolInputStep) play(p *player) error {
	for _, c := range s.chunks {
		p.output += outputTokens(c)
		if err := p.delta(inputDelta{"input_json_delta", c}); err != nil {
			return err
		}
	}
	return nil
}

func (nextBlockStep) play(p *player) error { return p.closeBlock() }

func (beginStep) play(p *player) error { return p.start() }

func (s pauseStep) play(p *player) error { return p.pause(s.Duration) }

func (s waitStep) play(p *player) error {
	select {
	case <-s.gate:
		return nil
	case <-p.ctx.Done():
		return p.ctx.Err()
	}
}

func (s failStep) play(p *player) error {
	if p.started {
		return errorEventStep(s).play(p)
	}
	if err := p.out.fail(s.failure); err != nil {
		return err
	}
	return errEnded
}

func (s errorEventStep) play(p *player) error {
	if err := p.out.errorEvent(s.failure); err != nil {
		return err
	}
	return errEnded
}

func (restartStep) play(p *player) error {
	p.started, p.open, p.index = false, "", 0
	return p.start()
}

func (s cutStep) play(p *player) error {
	if s.midLine {
		if err := p.out.half(blockDelta{"content_block_delta", p.index, textDelta{"text_delta", "never seen"}}); err != nil {
			return err
		}
	}
	return errCut
}

func (silenceStep) play(p *player) error {
	<-p.ctx.Done()
	return p.ctx.Err()
}
