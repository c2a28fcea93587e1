package anthropic

import (
	"fmt"
	"strings"

	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/jsonbody"
)

// readSystem reads the system prompt, or a part of it.
func (r *Request) readSystem(v jsonbody.Value) *conversation.Error {
	return readContent(v, func(element jsonbody.Value) *conversation.Error {
		b, err := open(element, "text")
		if err == nil && b.kind != "text" {
			err = b.unknown("text")
		}
		if err != nil {
			return err
		}
		text, err := r.readText(b)
		r.addSystem(text.Text)
		return err
	}, func(text string) { r.addSystem(text) })
}

func (r *Request) addSystem(text string) {
	if strings.TrimSpace(text) != "" { // upstream refuses a text of white space alone
		r.conversation.System = append(r.conversation.System, text)
	}
}

// readContent reads a text, or an array of blocks.
func readContent(v jsonbody.Value, block func(jsonbody.Value) *conversation.Error, text func(string)) *conversation.Error {
	switch v.Type() {
	case jsonbody.String:
		s, err := v.Text()
		text(s)
		return err
	case jsonbody.Array:
		for _, element := range v.Elements() {
			if err := block(element); err != nil {
				return err
			}
		}
		return nil
	default:
		return v.Want("a string or an array of content blocks")
	}
}

func (r *Request) readMessages(v jsonbody.Value) *conversation.Error {
	if v.Type() != jsonbody.Array {
		return v.Want("an array")
	}
	if v.IsEmpty() {
		return v.Invalid("messages is empty; send at least one user message.")
	}
	var turns []conversation.Turn
	for _, element := range v.Elements() {
		turn, err := r.readMessage(element)
		if err != nil {
			return err
		}
		turns = append(turns, turn)
	}
	turns = conversation.Normalize(turns)
	if len(turns) == 0 {
		err := v.Invalid("messages holds nothing from the user: only system texts or empty messages were sent.")
		err.Hint = "Add a user message that is not empty."
		return err
	}
	if turns[len(turns)-1].Role != conversation.User {
		err := v.Invalid("messages ends with an assistant message, and prefilling the model's answer is not possible here.")
		err.Hint = "End with a user message that is not empty."
		return err
	}
	paired, orphan := conversation.Pair(turns)
	if orphan != nil {
		err := v.Invalid(fmt.Sprintf("messages has a tool_result (%q) that answers no tool_use of the assistant message before it.", jsonbody.Shorten(orphan.ID)))
		err.Hint = "Send the assistant message with its tool_use blocks before the results."
		return err
	}
	r.conversation.Turns = paired
	return nil
}

// readMessage gives the message's turn; for system texts, which it files by itself, an
// empty one. Newer clients, Claude Code among them, send such in the middle of a conversation.
func (r *Request) readMessage(v jsonbody.Value) (turn conversation.Turn, err *conversation.Error) {
	const roles = "user, assistant or system"
	if v.Type() != jsonbody.Object {
		return turn, v.Want("an object with role and content")
	}
	m := v.Pick("role", "content")
	role := m.Get("role")
	read := r.readUserBlock
	switch word, _ := role.Text(); word {
	case "user":
		turn.Role = conversation.User
	case "assistant":
		turn.Role, read = conversation.Assistant, r.readAssistantBlock
	case "system":
		return turn, r.readSystem(m.Get("content"))
	default:
		return turn, role.WantWord(roles)
	}
	err = readContent(m.Get("content"), func(element jsonbody.Value) *conversation.Error {
		blocks, err := read(element)
		turn.Blocks = append(turn.Blocks, blocks...)
		return err
	}, func(text string) { turn.Blocks = append(turn.Blocks, conversation.Text{Text: text}) })
	return turn, err
}
