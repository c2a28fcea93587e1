package anthropic

import (
	"fmt"
	"regexp"
	"strings"

	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/jsonbody"
	"claude-max-api-proxy/proxy/params"
	"claude-max-api-proxy/proxy/schema"
)

// offer is what a request's tools came to.
type offer struct {
	names   map[string]bool   // of all tools
	dropped map[string]string // the types of Anthropic's own, by name
}

// readTools reads what the model may call, and what it has to. Tools of Anthropic's own,
// as web search, are left out and named as ignored.
func (r *Request) readTools(tools, choice jsonbody.Value) *conversation.Error {
	o := offer{names: map[string]bool{}, dropped: map[string]string{}}
	if !tools.IsNull() {
		if err := params.ToolList(tools); err != nil {
			return err
		}
		for _, element := range tools.Elements() {
			if err := r.readTool(element, &o); err != nil {
				return err
			}
		}
	}
	if err := r.readChoice(choice, o); err != nil {
		return err
	}
	r.conversation.OfferUsed()
	return nil
}

// anthropics are the types of tools that are Anthropic's own: of those that run there, and of
// those that the client runs but only Anthropic describes to the model.
// https://docs.anthropic.com/en/docs/agents-and-tools/tool-use/overview
var anthropics = regexp.MustCompile(`_\d{8}$|^tool_search_tool_|^mcp_toolset$`)

func (r *Request) readTool(v jsonbody.Value, o *offer) *conversation.Error {
	if v.Type() != jsonbody.Object {
		return v.Want("an object with name and input_schema")
	}
	members := v.Pick("type", "name", "description", "input_schema", "strict", "defer_loading", "input_examples")
	kind := members.Get("type")
	if !kind.IsNull() {
		word, _ := kind.Text()
		switch {
		case anthropics.MatchString(word):
			r.ignore("tools." + word)
			if name, err := members.Get("name").Text(); err == nil {
				o.dropped[name] = word
			}
			return nil
		case word != "custom":
			return kind.WantWord("custom, or the type of one of Anthropic's tools")
		}
	}
	var tool conversation.Tool
	var err *conversation.Error
	if tool.Name, err = params.ToolName(members.Get("name")); err != nil {
		return err
	}
	if o.names[tool.Name] {
		return params.Twice(v, tool.Name)
	}
	o.names[tool.Name] = true
	if tool.Description, err = optionalText(members.Get("description")); err != nil {
		return err
	}
	input := members.Get("input_schema")
	if input.IsNull() {
		return input.Want("an object, a JSON Schema")
	}
	var words string
	if tool.Schema, words, err = schema.Parameters(input); err != nil {
		return err
	}
	if words != "" {
		tool.Description = strings.TrimPrefix(tool.Description+"\n\n"+words, "\n\n")
	}
	for _, name := range []string{"strict", "defer_loading"} {
		member := members.Get(name)
		if member.IsNull() {
			continue
		}
		wanted, err := member.Bool()
		if err != nil {
			return err
		}
		if wanted {
			r.ignore("tools." + name)
		}
	}
	if examples := members.Get("input_examples"); !examples.IsNull() && !examples.IsEmpty() {
		r.ignore("tools.input_examples")
	}
	r.conversation.Tools = append(r.conversation.Tools, tool)
	return nil
}

func (r *Request) readChoice(v jsonbody.Value, o offer) *conversation.Error {
	const kinds = "auto, any, tool or none"
	if v.IsNull() {
		return nil
	}
	if v.Type() != jsonbody.Object {
		return v.Want("an object with a type: " + kinds)
	}
	members := v.Pick("type", "name", "disable_parallel_tool_use")
	if one := members.Get("disable_parallel_tool_use"); !one.IsNull() {
		var err *conversation.Error
		if r.conversation.OneToolCall, err = one.Bool(); err != nil {
			return err
		}
	}
	kind := members.Get("type")
	choice := &r.conversation.ToolChoice
	switch word, _ := kind.Text(); word {
	case "auto":
		return nil
	case "none":
		choice.Mode = conversation.NoTool
		return nil
	case "any":
		choice.Mode = conversation.AnyTool
	case "tool":
		name := members.Get("name")
		var err *conversation.Error
		if choice.Name, err = name.Text(); err != nil {
			return name.Want("the name of one of the tools")
		}
		choice.Mode = conversation.NamedTool
		if kind, ok := o.dropped[choice.Name]; ok && !o.names[choice.Name] {
			err := name.Invalid(fmt.Sprintf("%s wants a tool of the type %q to be called, and only tools of the client's own can be offered here.", name.Path(), jsonbody.Shorten(kind)))
			err.Hint = "Describe it as a custom tool, with an input_schema, or leave tool_choice out."
			return err
		}
		if !o.names[choice.Name] {
			err := name.Invalid(fmt.Sprintf("%s is %q, which is not among the tools of the request.", name.Path(), jsonbody.Shorten(choice.Name)))
			err.Hint = "Put the tool into tools, or leave tool_choice out."
			return err
		}
	default:
		return kind.WantWord(kinds)
	}
	if len(r.conversation.Tools) == 0 {
		return params.NoTools(v)
	}
	return nil
}
