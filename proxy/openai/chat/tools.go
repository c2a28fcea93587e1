package chat

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"

	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/openai"
	"claude-max-api-proxy/proxy/openai/jsonbody"
	"claude-max-api-proxy/proxy/openai/schema"
)

// toolName is what a tool may be called.
var toolName = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,128}$`)

// readTools reads what the model may call, and what it has to. The deprecated
// functions and function_call mean the same, for one call at a time, and are answered in
// their own form.
func (r *Request) readTools(members map[string]jsonbody.Value) *conversation.Error {
	tools, choice := members["tools"], members["tool_choice"]
	if functions := members["functions"]; tools.IsNull() && !functions.IsNull() {
		tools, choice = functions, members["function_call"]
		r.legacy, r.conversation.OneToolCall = true, true
	}
	if err := r.readToolList(tools); err != nil {
		return err
	}
	if err := r.readChoice(choice); err != nil {
		return err
	}
	if parallel := members["parallel_tool_calls"]; !parallel.IsNull() {
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
	if tools.Type() != jsonbody.Array {
		return tools.Want("an array")
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
		tool, err := readFunction(function)
		if err != nil {
			return err
		}
		if seen[tool.Name] {
			return function.Invalid(fmt.Sprintf("%s has the name %q, which another one has already.", function.Path(), tool.Name))
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
	kind, function := tool.At("type"), tool.At("function")
	for name, v := range tool.Members() {
		switch name {
		case "type":
			kind = v
		case "function":
			function = v
		}
	}
	if !kind.IsNull() {
		if s, err := kind.Text(); err != nil || s != "function" {
			return tool, kind.Want("function, the only kind of tool there is here")
		}
	}
	return function, nil
}

func readFunction(v jsonbody.Value) (t conversation.Tool, err *conversation.Error) {
	if v.Type() != jsonbody.Object {
		return t, v.Want("an object with a name")
	}
	name := v.At("name")
	var parameters jsonbody.Value
	for member, value := range v.Members() {
		switch member {
		case "name":
			name = value
		case "description":
			if !value.IsNull() {
				if t.Description, err = value.Text(); err != nil {
					return t, err
				}
			}
		case "parameters":
			parameters = value
		}
	}
	if t.Name, err = readToolName(name); err != nil {
		return t, err
	}
	var words string
	if t.Schema, words, err = schema.Parameters(parameters); words != "" {
		t.Description = strings.TrimPrefix(t.Description+"\n\n"+words, "\n\n")
	}
	return t, err
}

func readToolName(v jsonbody.Value) (string, *conversation.Error) {
	name, err := v.Text()
	if err != nil || !toolName.MatchString(name) {
		return "", v.Want("a name of 1 to 128 letters, digits, '_', '-' and '.'")
	}
	return name, nil
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
			return v.Want(want)
		}
	case jsonbody.Object:
		if allowed, ok := allowedTools(v); ok && !r.legacy {
			return r.allow(allowed)
		}
		function := v
		if !r.legacy {
			var err *conversation.Error
			if function, err = functionOf(v); err != nil || function.Type() != jsonbody.Object {
				return v.Want(want)
			}
		}
		name, err := r.readOffered(function)
		choice.Mode, choice.Name = conversation.NamedTool, name
		return err
	default:
		return v.Want(want)
	}
	if len(r.conversation.Tools) == 0 {
		err := v.Invalid(v.Path() + " wants a tool to be called, and the request has no tools.")
		err.Hint = "Send tools, or leave it out."
		return err
	}
	return nil
}

// readOffered reads the name of a function that the request has among its tools.
func (r *Request) readOffered(function jsonbody.Value) (string, *conversation.Error) {
	if function.Type() != jsonbody.Object {
		return "", function.Want("an object with a name")
	}
	v := function.At("name")
	for member, value := range function.Members() {
		if member == "name" {
			v = value
		}
	}
	name, err := readToolName(v)
	if err != nil {
		return "", err
	}
	for _, t := range r.conversation.Tools {
		if t.Name == name {
			return name, nil
		}
	}
	err = v.Invalid(fmt.Sprintf("%s is %q, which is not among the tools of the request.", v.Path(), name))
	err.Hint = "Put the function into tools, or leave it out here."
	return "", err
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
		call, err := readCall(function)
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

// readCall reads a function's name and arguments. The arguments are a text that the
// model has written: one that is no object, for instance because it was cut short, is
// kept as a text in one.
func readCall(v jsonbody.Value) (call conversation.ToolUse, err *conversation.Error) {
	if v.Type() != jsonbody.Object {
		return call, v.Want("an object with name and arguments")
	}
	name := v.At("name")
	call.Input = []byte(`{}`)
	for member, value := range v.Members() {
		switch member {
		case "name":
			name = value
		case "arguments":
			if value.IsNull() {
				continue
			}
			text, err := value.Text()
			if err != nil {
				return call, value.Want("a string with a JSON object in it")
			}
			call.Input = input(text)
		}
	}
	call.Name, err = readToolName(name)
	return call, err
}

func input(text string) []byte {
	if len(bytes.TrimSpace([]byte(text))) == 0 {
		return []byte(`{}`)
	}
	if v, err := jsonbody.Parse([]byte(text)); err == nil && v.Type() == jsonbody.Object {
		return v.Raw()
	}
	return openai.Marshal(map[string]string{"invalid_arguments": text})
}
