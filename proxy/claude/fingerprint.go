package claude

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"hash"

	"claude-max-api-proxy/proxy/conversation"
)

// fingerprint stands for a conversation up to some turn. Sessions remember
// fingerprints, not texts: equal means the same model, system prompt, tools and
// turns, to the byte but for the ids of calls and the white space of their arguments, and
// a kept process costs no second copy of the prompt. Parameters are no part of it: each
// turn sets its own, see settings.
type fingerprint [sha256.Size]byte

// fingerprints returns one for the beginning (no turns) and one after each turn.
func fingerprints(model string, r *conversation.Request) []fingerprint {
	h := newFolder()
	h.string(model)
	h.number(len(r.System))
	for _, s := range r.System {
		h.string(s)
	}
	h.tools(r.Tools)
	out := make([]fingerprint, 0, len(r.Turns)+1)
	out = append(out, h.sum())
	for _, t := range r.Turns {
		out = append(out, out[len(out)-1].then(t))
	}
	return out
}

// empty stands for a conversation without a system prompt or turns.
func empty(model string) fingerprint {
	return fingerprints(model, &conversation.Request{})[0]
}

// toolsPrint stands for what a client offers.
func toolsPrint(tools []conversation.Tool) fingerprint {
	h := newFolder()
	h.tools(tools)
	return h.sum()
}

// then is the fingerprint one turn later.
func (f fingerprint) then(t conversation.Turn) fingerprint {
	h := newFolder()
	h.Write(f[:])
	h.string(string(t.Role))
	if t.Role == conversation.Assistant {
		h.said(t)
	} else {
		h.blocks(t.Blocks)
	}
	return h.sum()
}

// said folds an answer in the form that clients send it back in: its text as one,
// however many blocks it had, then its calls, without what it thought. Their ids say nothing, since clients
// change them; a result belongs to a call by its place, see [conversation.Pair].
func (f folder) said(t conversation.Turn) {
	f.string(t.PlainText())
	for _, b := range t.Blocks {
		switch b := b.(type) {
		case conversation.Text:
		case conversation.Thinking, conversation.RedactedThinking: // some clients send them back, others do not
		case conversation.ToolUse:
			f.string("tool_use")
			f.string(b.Name)
			f.string(canonical(b.Input))
		default:
			f.blocks([]conversation.Block{b})
		}
	}
}

// canonical is a JSON text without what clients may change when they read and write
// it: white space and the order of members. Numbers keep their digits.
func canonical(input json.RawMessage) string {
	d := json.NewDecoder(bytes.NewReader(input))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return string(input)
	}
	out, err := json.Marshal(v)
	if err != nil {
		return string(input)
	}
	return string(out)
}

func (f folder) tools(tools []conversation.Tool) {
	f.number(len(tools))
	for _, t := range tools {
		f.string(t.Name)
		f.string(t.Description)
		f.string(string(t.Schema))
	}
}

func (f folder) blocks(blocks []conversation.Block) {
	f.number(len(blocks))
	for _, b := range blocks {
		switch b := b.(type) {
		case conversation.Text:
			f.string("text")
			f.string(b.Text)
		case conversation.Image:
			f.string("image")
			f.source(b.Source)
		case conversation.Document:
			f.string("document")
			f.source(b.Source)
			f.string(b.Title)
			f.string(b.Context)
		case conversation.ToolResult:
			f.string("tool_result")
			f.flag(b.IsError)
			f.blocks(b.Blocks)
		}
	}
}

// folder hashes fields with their lengths, so that no two sequences of fields
// give the same bytes.
type folder struct{ hash.Hash }

func newFolder() folder { return folder{sha256.New()} }

func (f folder) number(n int) {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], uint64(n))
	f.Write(b[:])
}

func (f folder) flag(b bool) {
	if b {
		f.number(1)
	} else {
		f.number(0)
	}
}

func (f folder) string(s string) {
	f.number(len(s))
	// hash.Hash never fails; in pieces, because a conversion copies.
	for len(s) > 0 {
		n := min(len(s), 32<<10)
		f.Write([]byte(s[:n]))
		s = s[n:]
	}
}

func (f folder) source(s conversation.Source) {
	f.string(s.URL)
	f.string(s.Data)
	f.string(s.MediaType)
}

func (f folder) sum() fingerprint { return fingerprint(f.Sum(nil)) }
