package params

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/jsonbody"
	"claude-max-api-proxy/proxy/schema"
	"claude-max-api-proxy/proxy/wire"
)

// toolName is what a tool may be called.
var toolName = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,128}$`)

// ToolName reads the name of a function.
func ToolName(v jsonbody.Value) (string, *conversation.Error) {
	name, err := v.Text()
	if err != nil || !toolName.MatchString(name) {
		return "", v.Want("a name of 1 to 128 letters, digits, '_', '-' and '.'")
	}
	if name == "__proto__" {
		return "", v.Invalid(v.Path() + ` is "__proto__", which the Claude Code CLI cannot offer to the model; name the tool otherwise.`)
	}
	return name, nil
}

// Function reads what the model may call:
//
//	{"name": …, "description": …, "parameters": a JSON Schema}
func Function(v jsonbody.Value) (t conversation.Tool, err *conversation.Error) {
	if v.Type() != jsonbody.Object {
		return t, v.Want("an object with a name")
	}
	members := v.Pick("name", "description", "parameters")
	if description := members.Get("description"); !description.IsNull() {
		if t.Description, err = description.Text(); err != nil {
			return t, err
		}
	}
	if t.Name, err = ToolName(members.Get("name")); err != nil {
		return t, err
	}
	var words string
	if t.Schema, words, err = schema.Parameters(members.Get("parameters")); words != "" {
		t.Description = strings.TrimPrefix(t.Description+"\n\n"+words, "\n\n")
	}
	return t, err
}

// MostTools bounds how many tools a request may have. What Anthropic's own bound is, is not
// known; this one is beyond what a model could choose among, and keeps the work for a request's
// tools within reason.
const MostTools = 10_000

// ToolList holds that v is an array with at most [MostTools] tools. Those in the namespaces of
// the Responses API count as well.
func ToolList(v jsonbody.Value) *conversation.Error {
	if v.Type() != jsonbody.Array {
		return v.Want("an array")
	}
	n := 0
	for _, element := range v.Elements() {
		n++
		for range element.Pick("tools").Get("tools").Elements() {
			n++
		}
	}
	return FewTools(v, n)
}

// FewTools holds that n tools are at most [MostTools]; v is where they are, or the last of them.
func FewTools(v jsonbody.Value, n int) *conversation.Error {
	if n <= MostTools {
		return nil
	}
	err := v.Invalid(fmt.Sprintf("%s comes to %d tools, and at most %d are taken.", v.Path(), n, MostTools))
	err.Hint = "Send those that the model may need now."
	return err
}

// Twice is the error for a function whose name another one has already.
func Twice(function jsonbody.Value, name string) *conversation.Error {
	return function.Invalid(fmt.Sprintf("%s has the name %q, which another one has already.", function.Path(), name))
}

// Offered holds that a tool of that name is among the request's; v is where it is named.
func Offered(v jsonbody.Value, name string, tools []conversation.Tool) *conversation.Error {
	for _, t := range tools {
		if t.Name == name {
			return nil
		}
	}
	err := v.Invalid(fmt.Sprintf("%s is %q, which is not among the tools of the request.", v.Path(), name))
	err.Hint = "Put the function into tools, or leave it out here."
	return err
}

// NoTools is the error for a choice that wants a call where there is nothing to call.
func NoTools(choice jsonbody.Value) *conversation.Error {
	err := choice.Invalid(choice.Path() + " wants a tool to be called, and the request has no tools.")
	err.Hint = "Send tools, or leave it out."
	return err
}

// Call reads a call that the model has made:
//
//	{"name": …, "arguments": "{…}"}
//
// The arguments are a text that the model has written: one that is no object, for
// instance because it was cut short, is kept as a text in one.
func Call(v jsonbody.Value) (call conversation.ToolUse, err *conversation.Error) {
	if v.Type() != jsonbody.Object {
		return call, v.Want("an object with name and arguments")
	}
	members := v.Pick("name", "arguments")
	call.Input = []byte(`{}`)
	if arguments := members.Get("arguments"); !arguments.IsNull() {
		text, err := arguments.Text()
		if err != nil {
			return call, arguments.Want("a string with a JSON object in it")
		}
		call.Input = Input(text)
	}
	call.Name, err = ToolName(members.Get("name"))
	return call, err
}

// Input gives a call's arguments, which are an object. What is none, or nested deeper than a
// request may be, is kept as a text in one of the form that Anthropic recommends:
// https://docs.anthropic.com/en/docs/agents-and-tools/tool-use/fine-grained-tool-streaming.
func Input(text string) json.RawMessage {
	if len(bytes.TrimSpace([]byte(text))) == 0 {
		return json.RawMessage(`{}`)
	}
	if v, err := jsonbody.Parse([]byte(text)); err == nil && v.Type() == jsonbody.Object {
		return v.Raw()
	}
	return wire.Marshal(map[string]string{"INVALID_JSON": text})
}

// Allow leaves the model those of the tools that an allowed_tools choice names:
//
//	{"mode": "auto" or "required", "tools": […]}
//
// named gives the name of an element of tools, which is one of the request's; ok is false for
// one that does not count. Anthropic has no such bound, and
// to a model that is not offered a tool it makes no difference that the request has it.
//
// https://platform.openai.com/docs/guides/function-calling#tool-choice
func Allow(r *conversation.Request, v jsonbody.Value, named func(jsonbody.Value) (name string, ok bool, err *conversation.Error)) *conversation.Error {
	if v.Type() != jsonbody.Object {
		return v.Want("an object with mode and tools")
	}
	members := v.Pick("mode", "tools")
	mode, tools := members.Get("mode"), members.Get("tools")
	switch text, err := mode.Text(); {
	case err == nil && text == "required":
		r.ToolChoice.Mode = conversation.AnyTool
	case err != nil || text != "auto":
		return mode.WantWord("auto or required")
	}
	if err := ToolList(tools); err != nil {
		return err
	}
	allowed := map[string]bool{}
	for _, element := range tools.Elements() {
		name, ok, err := named(element)
		if err != nil {
			return err
		}
		if ok {
			allowed[name] = true
		}
	}
	if len(allowed) == 0 {
		err := tools.Invalid(tools.Path() + " has nothing that the model could call.")
		err.Hint = `Send "tool_choice": "none" where it is to call nothing.`
		return err
	}
	offered := r.Tools[:0:0]
	for _, t := range r.Tools {
		if allowed[t.Name] {
			offered = append(offered, t)
		}
	}
	r.Tools = offered
	return nil
}
