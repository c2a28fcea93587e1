package responses

import (
	"fmt"
	"slices"
	"strings"

	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/jsonbody"
	"claude-max-api-proxy/proxy/params"
)

// said is a part of a conversation: system texts, and turns that are not yet normalised.
type said struct {
	system []string
	turns  []conversation.Turn
}

// join adds what another part has.
func (s *said) join(t said) {
	s.system = append(s.system, t.system...)
	s.turns = append(s.turns, t.turns...)
}

// since is what was added after so many system texts and turns.
func (s *said) since(system, turns int) said {
	return said{slices.Clip(s.system[system:]), slices.Clip(s.turns[turns:])}
}

func (s *said) add(role conversation.Role, blocks ...conversation.Block) {
	if len(blocks) > 0 {
		s.turns = append(s.turns, conversation.Turn{Role: role, Blocks: blocks})
	}
}

func (r *Request) readInput(root jsonbody.Value, members params.Members) *conversation.Error {
	input := members.Get("input")
	if input.IsNull() {
		for name := range root.Members() {
			if name == "messages" {
				err := input.Want("a text or an array of items")
				err.Hint = "messages belong to POST /v1/chat/completions."
				return err
			}
		}
	}
	past, err := r.readPrevious(members.Get("previous_response_id"))
	if err != nil {
		return err
	}
	if err := r.readItems(input); err != nil {
		return err
	}
	if v := members.Get("instructions"); !v.IsNull() {
		text, err := v.Text()
		if err != nil {
			return err
		}
		r.said.instructions = &text
		r.conversation.System = appendText(nil, text)
	}
	r.conversation.System = append(r.conversation.System, past.system...)
	r.conversation.System = append(r.conversation.System, r.input.system...)
	turns := conversation.Normalize(append(past.turns[:len(past.turns):len(past.turns)], r.input.turns...))
	switch {
	case len(turns) == 0:
		err := input.Invalid("input holds nothing from the user: only system texts or empty messages were sent.")
		err.Hint = "Add a user message that is not empty."
		return err
	case turns[len(turns)-1].Role != conversation.User:
		err := input.Invalid("input ends with what the model has said, which it does not continue.")
		err.Hint = "End with a user message that is not empty, or with the outputs of the calls; an answer that broke off is continued when one asks for that."
		return err
	}
	paired, orphan := conversation.Pair(turns)
	if orphan != nil {
		err := input.Invalid(fmt.Sprintf("input has an output for the call %q, which is not among the calls right before it.", orphan.ID))
		err.Hint = "Send the function_call before its function_call_output, or previous_response_id."
		return err
	}
	r.conversation.Turns = paired
	return nil
}

// appendText adds a system text, unless it is white space alone, which the Messages API
// refuses.
func appendText(system []string, text string) []string {
	if strings.TrimSpace(text) == "" {
		return system
	}
	return append(system, text)
}

// readPrevious gives the conversation that the request goes on from. Its instructions are
// not part of it, as OpenAI has it.
func (r *Request) readPrevious(v jsonbody.Value) (past said, err *conversation.Error) {
	if v.IsNull() {
		return past, nil
	}
	if r.previous, err = v.Text(); err != nil {
		return past, err
	}
	past, missing := r.store.conversation(r.previous)
	if missing != "" || r.previous == "" {
		err := v.Invalid(fmt.Sprintf("The response %q is not remembered here.", jsonbody.Shorten(missing)))
		if missing != r.previous {
			err.Message = fmt.Sprintf("The response %q goes on from %q, which is not remembered here.", jsonbody.Shorten(r.previous), jsonbody.Shorten(missing))
		}
		err.Kind = conversation.PreviousNotFound
		err.Hint = forgotten
		return past, err
	}
	return past, nil
}

// forgotten says why a response may not be there any more.
const forgotten = "Responses are kept in memory, until the proxy stops or others need the room, and not where they failed or were cancelled, or with \"store\": false. Send the whole conversation as input."

func (r *Request) readItems(input jsonbody.Value) *conversation.Error {
	switch input.Type() {
	case jsonbody.String:
		text, err := input.Text()
		if err != nil {
			return err
		}
		r.input.add(conversation.User, conversation.Text{Text: text})
		r.pieces = []said{r.input}
		return nil
	case jsonbody.Array:
		for _, item := range input.Elements() {
			system, turns := len(r.input.system), len(r.input.turns)
			if err := r.readItem(item); err != nil {
				return err
			}
			r.pieces = append(r.pieces, r.input.since(system, turns))
		}
		return nil
	default:
		return input.Want("a text or an array of items")
	}
}

// foreignItems are of tools that run at OpenAI, or of a form that only OpenAI can read. They
// come from conversations that began there; the model goes on without them.
var foreignItems = map[string]bool{
	"web_search_call": true, "file_search_call": true, "image_generation_call": true, "code_interpreter_call": true,
	"mcp_list_tools": true, "mcp_call": true, "mcp_approval_request": true, "mcp_approval_response": true,
	"tool_search_call": true, "tool_search_output": true,
	"program": true, "program_output": true, "compaction": true, "compaction_summary": true, "compaction_trigger": true,
}

// foreignCalls are of OpenAI's own tools that run at the client, as are their outputs with
// "_output" behind: to go on without what they have shown would mislead the model.
var foreignCalls = map[string]bool{
	"computer_call": true, "local_shell_call": true, "shell_call": true, "apply_patch_call": true,
}

func (r *Request) readItem(v jsonbody.Value) *conversation.Error {
	if v.Type() != jsonbody.Object {
		return v.Want("an object")
	}
	kind, err := itemType(v)
	if err != nil {
		return err
	}
	switch kind {
	case "message":
		return r.readMessage(v)
	case "function_call", "custom_tool_call":
		call, err := readCall(v, kind)
		if err == nil {
			r.input.add(conversation.Assistant, call)
		}
		return err
	case "function_call_output", "custom_tool_call_output":
		blocks, err := readOutput(v)
		r.input.add(conversation.User, blocks...)
		return err
	case "reasoning":
		return r.readThoughts(v)
	case "item_reference":
		return r.readReference(v)
	}
	if foreignItems[kind] {
		r.Ignored = append(r.Ignored, "input."+kind)
		return nil
	}
	if foreignCalls[strings.TrimSuffix(kind, "_output")] {
		err := v.Invalid(fmt.Sprintf("%s is of the type %s, of a tool that only OpenAI's models know.", v.Path(), kind))
		err.Hint = "Begin a new conversation, with functions or custom tools in its place."
		return err
	}
	return v.Invalid(fmt.Sprintf("%s is of the type %q, which is not known here; messages, function calls and their outputs, reasoning and references are.",
		v.Path(), jsonbody.Shorten(kind)))
}

// itemType is an item's type. Messages may leave it out, and so may references.
func itemType(v jsonbody.Value) (string, *conversation.Error) {
	members := v.Pick("type", "role", "id")
	if kind := members.Get("type"); !kind.IsNull() {
		return kind.Text()
	}
	if !members.Get("role").IsNull() {
		return "message", nil
	}
	if !members.Get("id").IsNull() {
		return "item_reference", nil
	}
	return "", members.Get("type").Want("message, function_call, function_call_output, reasoning or item_reference")
}

func (r *Request) readMessage(v jsonbody.Value) *conversation.Error {
	members := v.Pick("role", "content")
	const roles = "system, developer, user or assistant"
	role, err := members.Get("role").Text()
	if err != nil {
		return members.Get("role").Want(roles)
	}
	content := members.Get("content")
	switch role {
	case "system", "developer":
		blocks, err := readContent(content, textParts)
		for _, b := range blocks {
			r.input.system = appendText(r.input.system, b.(conversation.Text).Text)
		}
		return err
	case "user":
		blocks, err := readContent(content, userParts)
		r.input.add(conversation.User, blocks...)
		return err
	case "assistant":
		blocks, err := readContent(content, assistantParts)
		r.input.add(conversation.Assistant, blocks...)
		return err
	default:
		return members.Get("role").Invalid(fmt.Sprintf("%s must be %s, got %q.", members.Get("role").Path(), roles, jsonbody.Shorten(role)))
	}
}

// readCall reads a call that the model has made; the input of a custom tool is a text.
func readCall(v jsonbody.Value, kind string) (call conversation.ToolUse, err *conversation.Error) {
	members := v.Pick("call_id", "name", "namespace", "input")
	if kind == "custom_tool_call" {
		input, err := members.Get("input").Text()
		if err != nil {
			return call, err
		}
		call.Input = customInput(input)
		if call.Name, err = params.ToolName(members.Get("name")); err != nil {
			return call, err
		}
	} else if call, err = params.Call(v); err != nil {
		return call, err
	}
	if namespace := members.Get("namespace"); !namespace.IsNull() {
		if text, err := namespace.Text(); err != nil || text != "" {
			name, err := params.ToolName(namespace)
			if err != nil {
				return call, err
			}
			if call.Name = qualified(name, call.Name); len(call.Name) > longestName {
				return call, tooLongTogether(v)
			}
		}
	}
	call.ID, err = members.Get("call_id").Text()
	return call, err
}

// readOutput reads what came of a call. codex also has outputs that nobody has called for, and
// sends them with a name and without a call_id: they are told as the user's words.
func readOutput(v jsonbody.Value) (blocks []conversation.Block, err *conversation.Error) {
	members := v.Pick("call_id", "output", "name", "namespace")
	output, err := readContent(members.Get("output"), userParts)
	if err != nil {
		return nil, err
	}
	id := members.Get("call_id")
	if name, err := members.Get("name").Text(); err == nil && id.IsNull() {
		if namespace, err := members.Get("namespace").Text(); err == nil {
			name = namespace + "." + name
		}
		return append([]conversation.Block{conversation.Text{Text: name + ":"}}, output...), nil
	}
	result := conversation.ToolResult{}
	if result.ID, err = id.Text(); err != nil {
		return nil, id.Want("the call_id of the call that this is the output of")
	}
	for _, b := range output {
		// The Messages API refuses a text of white space alone.
		if text, ok := b.(conversation.Text); !ok || strings.TrimSpace(text.Text) != "" {
			result.Blocks = append(result.Blocks, b)
		}
	}
	return []conversation.Block{result}, nil
}

// readThoughts reads a reasoning item. Only what came from here can be told to the model
// again; what another provider has encrypted is left out.
func (r *Request) readThoughts(v jsonbody.Value) *conversation.Error {
	members := v.Pick("encrypted_content", "id")
	if content := members.Get("encrypted_content"); !content.IsNull() {
		text, err := content.Text()
		if err != nil {
			return err
		}
		if block, ok := unpack(text); ok {
			r.input.add(conversation.Assistant, block)
		} else {
			r.Ignored = append(r.Ignored, "input.reasoning.encrypted_content")
		}
		return nil
	}
	// Without it, its id says which one it is, where that is remembered.
	if id, err := members.Get("id").Text(); err == nil {
		if item, ok := r.store.item(id); ok {
			r.input.join(item)
		}
	}
	return nil
}

// readReference reads an item by its id.
func (r *Request) readReference(v jsonbody.Value) *conversation.Error {
	id := v.Pick("id").Get("id")
	text, err := id.Text()
	if err != nil {
		return err
	}
	item, ok := r.store.item(text)
	if !ok {
		err := id.Invalid(fmt.Sprintf("The item %q is not remembered here.", jsonbody.Shorten(text)))
		err.Hint = forgotten
		return err
	}
	r.input.join(item)
	return nil
}
