package responses

import (
	"bytes"
	"fmt"
	"strings"

	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/jsonbody"
	"claude-max-api-proxy/proxy/params"
)

// foreignItems are of tools that run at OpenAI, or of a form that only OpenAI can read. They
// come from conversations that began there; the model goes on without them.
var foreignItems = map[string]bool{
	"web_search_call": true, "file_search_call": true, "image_generation_call": true, "code_interpreter_call": true,
	"mcp_list_tools": true, "mcp_call": true, "mcp_approval_request": true, "mcp_approval_response": true,
	"tool_search_call": true, "tool_search_output": true,
	"program": true, "program_output": true,
}

// compactions stand for all that was said before, in a form that only OpenAI can read, or ask
// for that and no answer.
var compactions = map[string]bool{"compaction": true, "compaction_summary": true, "compaction_trigger": true}

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
	told, err := r.note(v.Pick("id").Get("id"), kind == "item_reference")
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
		return r.readThoughts(v, told)
	case "item_reference":
		return r.readReference(v)
	case "additional_tools":
		return r.readOffers(v)
	}
	if foreignItems[kind] {
		r.Ignored = append(r.Ignored, "input."+kind)
		return nil
	}
	if compactions[kind] {
		err := v.Invalid(fmt.Sprintf("%s is of the type %s, but conversations are compacted at OpenAI only.", v.Path(), kind))
		err.Hint = "Send what was said before as messages, or a summary of it; the model writes one when a message asks for it."
		return err
	}
	if foreignCalls[strings.TrimSuffix(kind, "_output")] {
		err := v.Invalid(fmt.Sprintf("%s is of the type %s, of a tool that only OpenAI's models know.", v.Path(), kind))
		err.Hint = "Begin a new conversation, with functions or custom tools in its place."
		return err
	}
	return v.Invalid(fmt.Sprintf("%s is of the type %q, which is not known here; messages, function calls and their outputs, reasoning and references are.",
		v.Path(), jsonbody.Shorten(kind)))
}

// note notes an item's id, and says whether the request has had an item of that id before. It may, for
// clients choose ids as they like; but what is referred to would be told twice.
func (r *Request) note(id jsonbody.Value, reference bool) (told bool, err *conversation.Error) {
	text, _ := id.Text()
	if text == "" {
		return false, nil
	}
	before, told := r.told[text]
	if told && (reference || before) {
		err := id.Invalid(fmt.Sprintf("%s is %q, which the request has already.", id.Path(), jsonbody.Shorten(text)))
		err.Hint = "Leave it out: what previous_response_id brings in, and what input has, is not to be referred to again."
		return true, err
	}
	r.told[text] = reference || before
	return told, nil
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
	role, content := members.Get("role"), members.Get("content")
	switch word, _ := role.Text(); word {
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
		return role.WantWord("system, developer, user or assistant")
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
func (r *Request) readThoughts(v jsonbody.Value, told bool) *conversation.Error {
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
	if id, err := members.Get("id").Text(); err == nil && !told {
		if item, ok := r.store.item(id); ok {
			return r.refer(v, item)
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
	return r.refer(id, item)
}

// refer puts an item of another response in the place of the one that is read.
func (r *Request) refer(v jsonbody.Value, p piece) *conversation.Error {
	r.referred += len(p.raw)
	if err := r.bounded(v); err != nil {
		return err
	}
	r.input.join(p.said)
	r.pieces[len(r.pieces)-1].raw = bytes.Clone(p.raw) // so the other's body need not be kept
	return nil
}
