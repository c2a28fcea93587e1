package responses

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/jsonbody"
	"claude-max-api-proxy/proxy/params"
	"claude-max-api-proxy/proxy/wire"
)

// toolbox knows what the client calls each of the model's tools, by the model's name for it.
type toolbox map[string]clientTool

// clientTool is a tool of the request's. The model knows functions alone; so a custom tool is a
// function with one argument, and one of a namespace has the namespace's name before its
// own.
type clientTool struct {
	namespace string // "" for none
	name      string
	custom    bool
}

// separator stands between a namespace's name and a tool's.
const separator = "__"

func qualified(namespace, name string) string { return namespace + separator + name }

// longestName is that of a tool, its namespace's included.
const longestName = 128

func tooLongTogether(v jsonbody.Value) *conversation.Error {
	return v.Invalid(fmt.Sprintf("%s has a name that is longer than %d characters together with its namespace's.", v.Path(), longestName))
}

// customArgument is the one of a custom tool.
const customArgument = "input"

// customInput is a custom tool's input as the arguments of a function.
func customInput(text string) json.RawMessage {
	return wire.Marshal(map[string]string{customArgument: text})
}

// customText gives a custom tool's input back, as far as it went where the arguments were cut. What
// the model has written instead of it goes to the client as it is.
func customText(arguments string) string {
	var input struct{ Input *string }
	if json.Unmarshal([]byte(arguments), &input) == nil && input.Input != nil {
		return *input.Input
	}
	if cut := cutInput.FindStringSubmatch(arguments); cut != nil && json.Unmarshal([]byte(`"`+cut[1]+`"`), &input.Input) == nil {
		return *input.Input
	}
	switch begun := strings.Join(strings.Fields(arguments), ""); {
	case begun == "{}", strings.HasPrefix(`{"`+customArgument+`":`, begun):
		return ""
	}
	return arguments
}

// cutInput finds the characters of the input that are complete.
var cutInput = regexp.MustCompile(`^\s*\{\s*"` + customArgument + `"\s*:\s*"((?:[^"\\]|\\[^u]|\\u[0-9a-fA-F]{4})*)`)

func (r *Request) readTools(members params.Members) *conversation.Error {
	r.tools = toolbox{}
	if err := r.readToolList(members.Get("tools")); err != nil {
		return err
	}
	for _, more := range r.offers {
		if _, twice := r.tools[more.Name]; !twice { // clients may say again what was offered before
			r.tools[more.Name] = more.clientTool
			r.conversation.Tools = append(r.conversation.Tools, more.Tool)
		}
	}
	if err := params.FewTools(members.Get("tools"), len(r.conversation.Tools)); err != nil {
		return err
	}
	if err := r.readChoice(members.Get("tool_choice")); err != nil {
		return err
	}
	r.said.parallel = true
	if parallel := members.Get("parallel_tool_calls"); !parallel.IsNull() {
		many, err := parallel.Bool()
		if err != nil {
			return err
		}
		r.said.parallel, r.conversation.OneToolCall = many, !many
	}
	r.conversation.OfferUsed()
	return nil
}

// offer is a tool that is offered in the midst of a conversation. The model gets it with the
// others, from the beginning on: upstream has no place for it there.
type offer struct {
	conversation.Tool
	clientTool
}

// readOffers reads an item of such tools.
func (r *Request) readOffers(v jsonbody.Value) *conversation.Error {
	tools := v.Pick("tools").Get("tools")
	if tools.Type() != jsonbody.Array {
		return tools.Want("an array")
	}
	of := Request{tools: toolbox{}}
	if err := of.readToolList(tools); err != nil {
		return err
	}
	r.Ignored = append(r.Ignored, of.Ignored...)
	for _, tool := range of.conversation.Tools {
		tool.Schema = bytes.Clone(tool.Schema) // who refers to it does not keep the whole body
		r.input.tools = append(r.input.tools, offer{tool, of.tools[tool.Name]})
	}
	return params.FewTools(tools, len(r.input.tools))
}

func (r *Request) readToolList(tools jsonbody.Value) *conversation.Error {
	if tools.IsNull() {
		return nil
	}
	if err := params.ToolList(tools); err != nil {
		return err
	}
	for _, element := range tools.Elements() {
		if err := r.readTool(element, clientTool{}); err != nil {
			return err
		}
	}
	return nil
}

// readTool reads a tool, or those of a namespace, and keeps it to be said back.
func (r *Request) readTool(v jsonbody.Value, of clientTool) *conversation.Error {
	if v.Type() != jsonbody.Object {
		return v.Want("an object with a type")
	}
	members := v.Pick("type", "name", "tools", "description", "format")
	kind, err := members.Get("type").Text()
	if err != nil || kind == "" {
		return members.Get("type").Want("function, custom or namespace")
	}
	var tool conversation.Tool
	switch kind {
	case "function":
		tool, err = params.Function(v)
	case "custom":
		tool, err = readCustom(members)
		of.custom = true
	case "namespace":
		if of.namespace == "" {
			return r.readNamespace(v, members)
		}
		fallthrough
	default:
		r.Ignored = append(r.Ignored, "tools."+kind)
		return nil
	}
	if err != nil {
		return err
	}
	if of.name = tool.Name; of.namespace != "" {
		if tool.Name = qualified(of.namespace, tool.Name); len(tool.Name) > longestName {
			return tooLongTogether(v)
		}
	}
	if _, twice := r.tools[tool.Name]; twice {
		return params.Twice(v, tool.Name)
	}
	r.tools[tool.Name] = of
	r.conversation.Tools = append(r.conversation.Tools, tool)
	if of.namespace == "" {
		r.said.tools = append(r.said.tools, echoTool(v, kind))
	}
	return nil
}

func (r *Request) readNamespace(v jsonbody.Value, members jsonbody.Picked) *conversation.Error {
	name, err := params.ToolName(members.Get("name"))
	if err != nil {
		return err
	}
	tools := members.Get("tools")
	if tools.Type() != jsonbody.Array {
		return tools.Want("an array")
	}
	empty := true
	for _, element := range tools.Elements() {
		empty = false
		if err := r.readTool(element, clientTool{namespace: name}); err != nil {
			return err
		}
	}
	if !empty { // OpenAI's schema has none that are
		r.said.tools = append(r.said.tools, v.Raw())
	}
	return nil
}

// readCustom reads a tool whose input is a text, free or of a grammar, which can only be
// told to the model in words.
func readCustom(members jsonbody.Picked) (t conversation.Tool, err *conversation.Error) {
	if t.Name, err = params.ToolName(members.Get("name")); err != nil {
		return t, err
	}
	if v := members.Get("description"); !v.IsNull() {
		if t.Description, err = v.Text(); err != nil {
			return t, err
		}
	}
	if v := members.Get("format"); !v.IsNull() {
		if v.Type() != jsonbody.Object {
			return t, v.Want("an object with a type")
		}
		format := v.Pick("type", "syntax", "definition")
		switch kind, _ := format.Get("type").Text(); kind {
		case "text":
		case "grammar":
			syntax, err := format.Get("syntax").Text()
			if err != nil {
				return t, err
			}
			definition, err := format.Get("definition").Text()
			if err != nil {
				return t, err
			}
			t.Description = strings.TrimPrefix(fmt.Sprintf("%s\n\nThe text of %s must be of this grammar (%s):\n%s", t.Description, customArgument, syntax, definition), "\n\n")
		default:
			return t, format.Get("type").WantWord("text or grammar")
		}
	}
	t.Schema = json.RawMessage(`{"type":"object","properties":{"` + customArgument + `":{"type":"string"}},"required":["` + customArgument + `"],"additionalProperties":false}`)
	return t, nil
}

// readChoice reads tool_choice.
func (r *Request) readChoice(v jsonbody.Value) *conversation.Error {
	if v.IsNull() {
		return nil
	}
	const want = `none, auto, required, {"type": "function", "name": …} or {"type": "allowed_tools", …}`
	choice := &r.conversation.ToolChoice
	switch v.Type() {
	case jsonbody.String:
		switch mode, _ := v.Text(); mode {
		case "auto":
			return nil
		case "none":
			choice.Mode = conversation.NoTool
			return nil
		case "required":
			choice.Mode = conversation.AnyTool
			if len(r.conversation.Tools) == 0 {
				return params.NoTools(v)
			}
			return nil
		}
		return v.WantWord(want)
	case jsonbody.Object:
		kind := v.Pick("type").Get("type")
		switch word, err := kind.Text(); {
		case err != nil:
			return kind.Want(want)
		case word == "allowed_tools":
			return params.Allow(&r.conversation, v, r.chosen)
		case word == "function" || word == "custom":
			name, _, err := r.chosen(v)
			choice.Mode, choice.Name = conversation.NamedTool, name
			return err
		default:
			return kind.Invalid(fmt.Sprintf("%s is %q, a tool of OpenAI's own that is not to be had here.", kind.Path(), jsonbody.Shorten(word)))
		}
	default:
		return v.Want(want)
	}
}

// chosen is the model's name of a tool that the client names; ok is false for those that are
// left out of tools, too.
func (r *Request) chosen(v jsonbody.Value) (name string, ok bool, err *conversation.Error) {
	if v.Type() != jsonbody.Object {
		return "", false, v.Want("an object with type and name")
	}
	members := v.Pick("type", "name", "namespace")
	kind := members.Get("type")
	word, err := kind.Text()
	if err != nil {
		return "", false, kind.Want("function or custom")
	}
	if word != "function" && word != "custom" {
		r.Ignored = append(r.Ignored, "tool_choice."+word)
		return "", false, nil
	}
	if name, err = params.ToolName(members.Get("name")); err != nil {
		return "", false, err
	}
	if namespace, err := members.Get("namespace").Text(); err == nil && namespace != "" {
		name = qualified(namespace, name)
	}
	return name, true, params.Offered(members.Get("name"), name, r.conversation.Tools)
}
