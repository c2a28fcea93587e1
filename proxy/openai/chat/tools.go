package chat

import (
	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/jsonbody"
	"claude-max-api-proxy/proxy/params"
)

// readTools reads what the model may call, and what it has to. The deprecated
// functions and function_call mean the same, for one call at a time, and are answered in
// their own form.
func (r *Request) readTools(members params.Members) *conversation.Error {
	tools, choice := members.Get("tools"), members.Get("tool_choice")
	if functions := members.Get("functions"); tools.IsNull() && !functions.IsNull() {
		tools, choice = functions, members.Get("function_call")
		r.legacy, r.conversation.OneToolCall = true, true
	}
	if err := r.readToolList(tools); err != nil {
		return err
	}
	if err := r.readChoice(choice); err != nil {
		return err
	}
	if parallel := members.Get("parallel_tool_calls"); !parallel.IsNull() {
		many, err := parallel.Bool()
		if err != nil {
			return err
		}
		r.conversation.OneToolCall = r.conversation.OneToolCall || !many
	}
	r.conversation.OfferUsed()
	return nil
}

func (r *Request) readToolList(tools jsonbody.Value) *conversation.Error {
	if tools.IsNull() {
		return nil
	}
	if err := params.ToolList(tools); err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, element := range tools.Elements() {
		function := element
		if !r.legacy {
			var err *conversation.Error
			if function, err = functionOf(element); err != nil {
				return err
			}
		}
		tool, err := params.Function(function)
		if err != nil {
			return err
		}
		if seen[tool.Name] {
			return params.Twice(function, tool.Name)
		}
		seen[tool.Name] = true
		r.conversation.Tools = append(r.conversation.Tools, tool)
	}
	return nil
}

// functionOf is the function of an element of tools.
func functionOf(tool jsonbody.Value) (jsonbody.Value, *conversation.Error) {
	if tool.Type() != jsonbody.Object {
		return tool, tool.Want("an object with type and function")
	}
	members := tool.Pick("type", "function")
	kind, function := members.Get("type"), members.Get("function")
	if !kind.IsNull() {
		if s, err := kind.Text(); err != nil || s != "function" {
			return tool, kind.WantWord("function, the only kind of tool there is here")
		}
	}
	return function, nil
}

// readChoice reads tool_choice, and function_call, which names the function itself.
func (r *Request) readChoice(v jsonbody.Value) *conversation.Error {
	if v.IsNull() {
		return nil
	}
	want := `none, auto, required, {"type": "function", "function": {"name": …}} or {"type": "allowed_tools", "allowed_tools": …}`
	if r.legacy {
		want = `none, auto or {"name": …}`
	}
	choice := &r.conversation.ToolChoice
	switch v.Type() {
	case jsonbody.String:
		mode, _ := v.Text()
		switch mode {
		case "auto":
			return nil
		case "none":
			choice.Mode = conversation.NoTool
			return nil
		case "required":
			choice.Mode = conversation.AnyTool
		default:
			return v.WantWord(want)
		}
	case jsonbody.Object:
		if allowed := v.Pick("type", "allowed_tools"); !r.legacy && isText(allowed.Get("type"), "allowed_tools") {
			return params.Allow(&r.conversation, allowed.Get("allowed_tools"), r.chosen)
		}
		function := v
		if !r.legacy {
			var err *conversation.Error
			if function, err = functionOf(v); err != nil || function.Type() != jsonbody.Object {
				return v.Want(want)
			}
		}
		name, err := r.offered(function)
		choice.Mode, choice.Name = conversation.NamedTool, name
		return err
	default:
		return v.Want(want)
	}
	if len(r.conversation.Tools) == 0 {
		return params.NoTools(v)
	}
	return nil
}

// chosen is the name of a tool that allowed_tools allows.
func (r *Request) chosen(v jsonbody.Value) (string, bool, *conversation.Error) {
	function, err := functionOf(v)
	if err != nil {
		return "", false, err
	}
	name, err := r.offered(function)
	return name, true, err
}

// offered reads the name of a function that has to be among the request's.
func (r *Request) offered(function jsonbody.Value) (string, *conversation.Error) {
	if function.Type() != jsonbody.Object {
		return "", function.Want("an object with a name")
	}
	v := function.Pick("name").Get("name")
	name, err := params.ToolName(v)
	if err != nil {
		return "", err
	}
	return name, params.Offered(v, name, r.conversation.Tools)
}

func isText(v jsonbody.Value, text string) bool {
	s, err := v.Text()
	return err == nil && s == text
}

// readCalls reads what the model is to have called.
func readCalls(calls jsonbody.Value, add func(conversation.Block)) *conversation.Error {
	if calls.IsNull() {
		return nil
	}
	if calls.Type() != jsonbody.Array {
		return calls.Want("an array")
	}
	for _, element := range calls.Elements() {
		function, err := functionOf(element)
		if err != nil {
			return err
		}
		call, err := params.Call(function)
		if err != nil {
			return err
		}
		for name, v := range element.Members() {
			if name == "id" && !v.IsNull() {
				if call.ID, err = v.Text(); err != nil {
					return err
				}
			}
		}
		add(call)
	}
	return nil
}
