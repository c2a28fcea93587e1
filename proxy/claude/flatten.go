package claude

import (
	"encoding/json"
	"fmt"

	"claude-max-api-proxy/proxy/conversation"
)

// flattened makes one turn of a conversation, for CLIs that cannot be told of a history:
// a text that tells who has said what, with pictures and documents where they stood. It is
// the one way that is not exact, so the client is told of it, see
// [conversation.Flattened].
func flattened(turns []conversation.Turn) conversation.Turn {
	f := flattener{}
	f.say("The conversation so far is told here, oldest first, because it can be passed on in no other form. " +
		"Go on with it: answer what the user says last.\n")
	for i, t := range turns {
		who := "user"
		if t.Role == conversation.Assistant {
			who = "assistant"
		}
		if i == len(turns)-1 {
			who += ", last"
		}
		f.say("\n[" + who + "]\n")
		for _, b := range t.Blocks {
			f.block(b)
		}
	}
	return conversation.Turn{Role: conversation.User, Blocks: f.blocks}
}

// flattener collects blocks, with neighbouring texts as one.
type flattener struct{ blocks []conversation.Block }

func (f *flattener) say(text string) {
	if n := len(f.blocks); n > 0 {
		if before, ok := f.blocks[n-1].(conversation.Text); ok {
			f.blocks[n-1] = conversation.Text{Text: before.Text + text}
			return
		}
	}
	f.blocks = append(f.blocks, conversation.Text{Text: text})
}

func (f *flattener) block(b conversation.Block) {
	switch b := b.(type) {
	case conversation.Text:
		f.say(b.Text + "\n")
	case conversation.ToolUse:
		f.say(fmt.Sprintf("[calls the tool %s as %s with %s]\n", b.Name, b.ID, orEmpty(b.Input)))
	case conversation.ToolResult:
		kind := "result"
		if b.IsError {
			kind = "failure"
		}
		f.say(fmt.Sprintf("[%s of the call %s]\n", kind, b.ID))
		for _, inner := range b.Blocks {
			f.block(inner)
		}
	case conversation.Image, conversation.Document:
		f.blocks = append(f.blocks, b)
	}
}

func orEmpty(input json.RawMessage) string {
	if len(input) == 0 {
		return "{}"
	}
	return string(input)
}
