package chat

import (
	"slices"

	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/openai/jsonbody"
)

// allowedTools is what a tool_choice says that bounds the choice:
//
//	{"type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": [{"type": "function", "function": {"name": …}}]}}
//
// https://platform.openai.com/docs/api-reference/chat/create#chat-create-tool_choice
func allowedTools(choice jsonbody.Value) (allowed jsonbody.Value, ok bool) {
	allowed = choice.At("allowed_tools")
	for name, v := range choice.Members() {
		switch name {
		case "type":
			kind, err := v.Text()
			ok = err == nil && kind == "allowed_tools"
		case "allowed_tools":
			allowed = v
		}
	}
	return allowed, ok
}

// allow leaves the model those of the request's tools that are allowed. Anthropic has no
// such bound, and to a model that is not offered a tool it makes no difference that the
// request has it.
func (r *Request) allow(v jsonbody.Value) *conversation.Error {
	if v.Type() != jsonbody.Object {
		return v.Want("an object with mode and tools")
	}
	mode, tools := v.At("mode"), v.At("tools")
	for name, member := range v.Members() {
		switch name {
		case "mode":
			mode = member
		case "tools":
			tools = member
		}
	}
	switch text, err := mode.Text(); {
	case err == nil && text == "required":
		r.conversation.ToolChoice.Mode = conversation.AnyTool
	case err != nil || text != "auto":
		return mode.Want("auto or required")
	}
	if tools.Type() != jsonbody.Array {
		return tools.Want("an array")
	}
	allowed := map[string]bool{}
	for _, element := range tools.Elements() {
		function, err := functionOf(element)
		if err != nil {
			return err
		}
		name, err := r.readOffered(function)
		if err != nil {
			return err
		}
		allowed[name] = true
	}
	if len(allowed) == 0 {
		err := tools.Invalid(tools.Path() + " is empty, so there is nothing that the model could call.")
		err.Hint = `Send "tool_choice": "none" where it is to call nothing.`
		return err
	}
	r.conversation.Tools = slices.DeleteFunc(r.conversation.Tools, func(t conversation.Tool) bool { return !allowed[t.Name] })
	return nil
}
