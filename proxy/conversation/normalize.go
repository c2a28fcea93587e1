package conversation

import "strings"

// Normalize brings turns into the form that the Messages API takes, which
// refuses turns and texts with nothing in them and wants the roles to alternate:
// turns that hold nothing are dropped, and neighbours of one role become one
// turn. The blocks and their order stay. A text of white space alone goes to the end
// of the text before it, if that is in the same turn, and is dropped otherwise. So is thinking
// after which nothing is said or done.
func Normalize(turns []Turn) []Turn {
	out := merge(turns)
	emptied := false
	for i, t := range out {
		end := len(t.Blocks)
		for end > 0 && IsThinking(t.Blocks[end-1]) {
			end--
		}
		out[i].Blocks = t.Blocks[:end]
		emptied = emptied || end == 0
	}
	if emptied { // neighbours of what is gone meet
		return merge(out)
	}
	return out
}

// merge drops turns and texts with nothing in them, and makes one turn of neighbours.
func merge(turns []Turn) []Turn {
	var out []Turn
	for _, t := range turns {
		blocks := withoutBlankText(t.Blocks)
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

// withoutBlankText returns a fresh slice, so that Normalize may append to it.
func withoutBlankText(blocks []Block) []Block {
	var out []Block
	for _, b := range blocks {
		text, isText := b.(Text)
		if !isText || strings.TrimSpace(text.Text) != "" {
			out = append(out, b)
			continue
		}
		if n := len(out); n > 0 {
			if before, ok := out[n-1].(Text); ok {
				out[n-1] = Text{Text: before.Text + text.Text}
			}
		}
	}
	return out
}
