package offline

import (
	"encoding/json"
	"net/http"
	"strings"
)

// wholeMessage folds the events into the one JSON message that answers a request
// without "stream": true, so that both forms say the same.
type wholeMessage struct {
	stream *eventStream // writes the outcome
	failed bool

	message message
	block   any             // the open one
	text    strings.Builder // its text, thinking or input
	sign    string
}

func (m *wholeMessage) event(_ string, data any) error {
	switch e := data.(type) {
	case messageStart:
		m.message = e.Message
	case blockStart:
		m.block, m.sign = e.ContentBlock, ""
		m.text.Reset()
	case blockDelta:
		m.fill(e.Delta)
	case blockStop:
		m.message.Content = append(m.message.Content, m.filled())
	case messageDelta:
		m.message.StopReason = &e.Delta.StopReason
		m.message.StopSequence = e.Delta.StopSequence
		m.message.Usage = e.Usage
	}
	return nil
}

func (m *wholeMessage) fill(delta any) {
	switch d := delta.(type) {
	case textDelta:
		m.text.WriteString(d.Text)
	case thinkingDelta:
		m.text.WriteString(d.Thinking)
	case inputDelta:
		m.text.WriteString(d.PartialJSON)
	case signatureDelta:
		m.sign = d.Signature
	}
}

func (m *wholeMessage) filled() any {
	switch b := m.block.(type) {
	case textBlock:
		b.Text = m.text.String()
		return b
	case thinkingBlock:
		b.Thinking, b.Signature = m.text.String(), m.sign
		return b
	case toolBlock:
		// A script may hold broken JSON on purpose; only a stream can carry it.
		if input := m.text.String(); json.Valid([]byte(input)) {
			b.Input = json.RawMessage(input)
		}
		return b
	}
	return m.block
}

// half: all that can break off here is the JSON itself.
func (m *wholeMessage) half(any) error {
	return m.stream.write(encode(m.message)[:20])
}

func (m *wholeMessage) errorEvent(f failure) error { return m.fail(f) }

func (m *wholeMessage) fail(f failure) error {
	m.failed = true
	return m.stream.fail(f)
}

func (m *wholeMessage) end() error {
	if m.failed {
		return nil
	}
	return m.stream.json(http.StatusOK, m.message)
}
