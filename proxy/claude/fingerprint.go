package claude

import (
	"crypto/sha256"
	"encoding/binary"
	"hash"

	"claude-max-api-proxy/proxy/conversation"
)

// fingerprint stands for a conversation up to some turn. Sessions remember
// fingerprints, not texts: equal means the same model, system prompt and turns to
// the byte, and a kept process costs no second copy of the prompt. Parameters are no
// part of it: each turn sets its own, see settings.
type fingerprint [sha256.Size]byte

// fingerprints returns one for the beginning (no turns) and one after each turn.
func fingerprints(model string, r *conversation.Request) []fingerprint {
	h := newFolder()
	h.string(model)
	h.number(len(r.System))
	for _, s := range r.System {
		h.string(s)
	}
	h.number(len(r.Tools))
	for _, t := range r.Tools {
		h.string(t.Name)
		h.string(t.Description)
		h.string(string(t.Schema))
	}
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

// then is the fingerprint one turn later.
func (f fingerprint) then(t conversation.Turn) fingerprint {
	h := newFolder()
	h.Write(f[:])
	h.string(string(t.Role))
	if t.Role == conversation.Assistant && onlyText(t.Blocks) {
		// A client gets an answer as one text, however many blocks it had.
		h.string("text")
		h.string(t.PlainText())
		return h.sum()
	}
	h.blocks(t.Blocks)
	return h.sum()
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
		case conversation.ToolUse:
			f.string("tool_use")
			f.string(b.ID)
			f.string(b.Name)
			f.string(string(b.Input))
		case conversation.ToolResult:
			f.string("tool_result")
			f.string(b.ID)
			f.flag(b.IsError)
			f.blocks(b.Blocks)
		}
	}
}

func onlyText(blocks []conversation.Block) bool {
	for _, b := range blocks {
		if _, ok := b.(conversation.Text); !ok {
			return false
		}
	}
	return true
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
