package chat

import (
	"fmt"
	"strings"

	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/jsonbody"
	"claude-max-api-proxy/proxy/params"
)

// message is one element of messages, its members looked up but not yet read: the
// role, which decides on the rest, may come last.
type message struct {
	role, content, refusal  jsonbody.Value
	toolCalls, functionCall jsonbody.Value
	toolCallID, name        jsonbody.Value
}

func (r *Request) readMessages(messages jsonbody.Value) *conversation.Error {
	if messages.Type() != jsonbody.Array {
		return messages.Want("an array")
	}
	if messages.IsEmpty() {
		return messages.Invalid("messages is empty; send at least one user message.")
	}
	var turns []conversation.Turn
	for _, element := range messages.Elements() {
		turn, err := r.readMessage(element)
		if err != nil {
			return err
		}
		turns = append(turns, turn)
	}
	turns = conversation.Normalize(turns)
	if len(turns) == 0 {
		err := messages.Invalid("messages holds nothing from the user: only system texts or empty messages were sent.")
		err.Hint = "Add a user message that is not empty."
		return err
	}
	if turns[len(turns)-1].Role != conversation.User {
		err := messages.Invalid("messages ends with an assistant message, which the model does not continue.")
		err.Hint = "End with a user message that is not empty."
		return err
	}
	paired, orphan := conversation.Pair(turns)
	if orphan != nil {
		err := messages.Invalid(fmt.Sprintf("messages has a tool result (%q) that answers no tool call of the assistant message before it.", jsonbody.Shorten(orphan.ID)))
		err.Hint = "Send the assistant message with its tool_calls before the results."
		return err
	}
	r.conversation.Turns = paired
	return nil
}

// readMessage gives the message's turn; for system texts, which it files by
// itself, an empty one.
func (r *Request) readMessage(v jsonbody.Value) (conversation.Turn, *conversation.Error) {
	if v.Type() != jsonbody.Object {
		return conversation.Turn{}, v.Want("an object with role and content")
	}
	m := lookUp(v)
	switch role, _ := m.role.Text(); role {
	case "system", "developer":
		err := m.readContent(textParts, func(b conversation.Block) {
			// The Messages API refuses a text of white space alone.
			if text := b.(conversation.Text).Text; strings.TrimSpace(text) != "" {
				r.conversation.System = append(r.conversation.System, text)
			}
		})
		return conversation.Turn{}, err
	case "user":
		turn := conversation.Turn{Role: conversation.User}
		err := m.readContent(userParts, func(b conversation.Block) { turn.Blocks = append(turn.Blocks, b) })
		return turn, err
	case "assistant":
		turn := conversation.Turn{Role: conversation.Assistant}
		err := m.readAssistant(func(b conversation.Block) { turn.Blocks = append(turn.Blocks, b) })
		return turn, err
	case "tool":
		return m.readResult(m.toolCallID)
	case "function": // deprecated: it knows its call by the function's name
		return m.readResult(m.name)
	default:
		return conversation.Turn{}, m.role.WantWord("system, developer, user, assistant or tool")
	}
}

func lookUp(v jsonbody.Value) message {
	m := message{role: v.At("role"), content: v.At("content"), toolCallID: v.At("tool_call_id"), name: v.At("name")}
	for name, member := range v.Members() {
		switch name {
		case "role":
			m.role = member
		case "content":
			m.content = member
		case "refusal":
			m.refusal = member
		case "tool_calls":
			m.toolCalls = member
		case "function_call":
			m.functionCall = member
		case "tool_call_id":
			m.toolCallID = member
		case "name":
			m.name = member
		}
	}
	return m
}

// readContent gives each block of the content to add. Content may be null, as
// some clients send it for "nothing", but it may not be missing: that is a
// misspelt name, and what was meant would be lost.
func (m message) readContent(parts partReader, add func(conversation.Block)) *conversation.Error {
	switch m.content.Type() {
	case jsonbody.Null:
		if m.content.Absent() {
			return m.content.Want("a string or an array of content parts")
		}
	case jsonbody.String:
		text, err := m.content.Text()
		if err != nil {
			return err
		}
		add(conversation.Text{Text: text})
	case jsonbody.Array:
		for _, element := range m.content.Elements() {
			block, err := readPart(element, parts)
			if err != nil {
				return err
			}
			add(block)
		}
	default:
		return m.content.Want("a string or an array of content parts")
	}
	return nil
}

// readAssistant reads what the model is to have said. A refusal, which OpenAI
// keeps apart from the content, is a part of it.
func (m message) readAssistant(add func(conversation.Block)) *conversation.Error {
	if !m.content.Absent() {
		if err := m.readContent(assistantParts, add); err != nil {
			return err
		}
	}
	if !m.refusal.IsNull() {
		text, err := m.refusal.Text()
		if err != nil {
			return err
		}
		add(conversation.Text{Text: text})
	}
	if err := readCalls(m.toolCalls, add); err != nil {
		return err
	}
	if m.functionCall.IsNull() {
		return nil
	}
	call, err := params.Call(m.functionCall)
	if err != nil {
		return err
	}
	call.ID = call.Name
	add(call)
	return nil
}

// readResult reads what came of a call.
func (m message) readResult(id jsonbody.Value) (conversation.Turn, *conversation.Error) {
	var result conversation.ToolResult
	var err *conversation.Error
	if result.ID, err = id.Text(); err != nil {
		return conversation.Turn{}, id.Want("the id of the tool call that this is the result of")
	}
	err = m.readContent(userParts, func(b conversation.Block) {
		// The Messages API refuses a text of white space alone.
		if text, ok := b.(conversation.Text); !ok || strings.TrimSpace(text.Text) != "" {
			result.Blocks = append(result.Blocks, b)
		}
	})
	return conversation.Turn{Role: conversation.User, Blocks: []conversation.Block{result}}, err
}
