package claude

import (
	"bytes"
	"strings"

	"claude-max-api-proxy/proxy/claude/streamjson"
	"claude-max-api-proxy/proxy/claude/transcript"
	"claude-max-api-proxy/proxy/conversation"
)

// appendTurn adds one turn as the line that puts it, with its role and blocks,
// into the CLI's conversation.
func appendTurn(lines *bytes.Buffer, said conversation.Turn, t turn, silent bool) error {
	if said.Role == conversation.Assistant {
		return streamjson.AssistantLine{Model: t.resolved, Blocks: t.thoughts.with(said.Blocks)}.Append(lines)
	}
	blocks := said.Blocks
	if !t.caps.ComposedText {
		blocks = withoutCommand(blocks)
	}
	return streamjson.UserLine{Blocks: blocks, Silent: silent, Composed: t.caps.ComposedText}.Append(lines)
}

// withoutCommand keeps a text that begins with "/" from being taken for one of
// the CLI's own commands, by one space before it. Only CLIs that cannot be told
// otherwise need it; it is the one place where they get another text than was sent.
func withoutCommand(blocks []conversation.Block) []conversation.Block {
	last := len(blocks) - 1
	for last >= 0 {
		if _, ok := blocks[last].(conversation.Text); ok {
			break
		}
		last--
	}
	if last < 0 {
		return blocks
	}
	text := blocks[last].(conversation.Text).Text
	if !strings.HasPrefix(text, "/") {
		return blocks
	}
	changed := append([]conversation.Block(nil), blocks...)
	changed[last] = conversation.Text{Text: " " + text}
	return changed
}

// tellPast gives a process that waits for it all of the history that it can read at
// once.
func (s *session) tellPast(t turn) error {
	past := append([]conversation.Turn(nil), t.request.Turns[:transcript.Past(t.request.Turns)]...)
	for i, turn := range past {
		if turn.Role == conversation.Assistant {
			past[i].Blocks = t.thoughts.with(turn.Blocks)
		}
	}
	var text bytes.Buffer
	if err := transcript.Append(&text, past, t.resolved); err != nil {
		return err
	}
	s.pipe.Tell(text.Bytes())
	s.turns = len(past)
	return nil
}
