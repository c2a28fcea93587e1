package conversation

// Normalize brings turns into the form that the Messages API takes: texts with
// nothing in them are dropped, turns that are left with nothing are dropped, and
// neighbours of one role become one turn. The blocks and their order stay.
func Normalize(turns []Turn) []Turn {
	var out []Turn
	for _, t := range turns {
		blocks := withoutEmptyText(t.Blocks)
		if len(blocks) == 0 {
			continue
		}
		if n := len(out); n > 0 && out[n-1].Role == t.Role {
			out[n-1].Blocks = append(out[n-1].Blocks, blocks...)
			continue
		}
		out = append(out, Turn{Role: t.Role, Blocks: blocks})
	}
	return out
}

// withoutEmptyText returns a fresh slice, so that Normalize may append to it.
func withoutEmptyText(blocks []Block) []Block {
	var out []Block
	for _, b := range blocks {
		if text, ok := b.(Text); ok && text.Text == "" {
			continue
		}
		out = append(out, b)
	}
	return out
}
