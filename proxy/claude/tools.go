package claude

import (
	"fmt"
	"slices"
	"unicode/utf16"

	"claude-max-api-proxy/proxy/conversation"
)

// toolChoice gives the Messages API's tool_choice; nil when it is the usual one.
func toolChoice(r *conversation.Request) map[string]any {
	if len(r.Tools) == 0 {
		return nil
	}
	choice := map[string]any{"type": "auto"}
	switch r.ToolChoice.Mode {
	case conversation.NoTool:
		return map[string]any{"type": "none"}
	case conversation.AnyTool:
		choice["type"] = "any"
	case conversation.NamedTool:
		choice["type"], choice["name"] = "tool", r.ToolChoice.Name
	case conversation.AutoTool:
		if !r.OneToolCall {
			return nil
		}
	}
	if r.OneToolCall {
		choice["disable_parallel_tool_use"] = true
	}
	return choice
}

// ofObjects are members that every object in JavaScript has. Older CLIs keep something of each
// tool in an object, by the tool's name, and find these there instead.
var ofObjects = []string{
	"constructor", "hasOwnProperty", "isPrototypeOf", "propertyIsEnumerable",
	"__defineGetter__", "__defineSetter__", "__lookupGetter__", "__lookupSetter__",
}

// misnamed is the error for a tool that this version of the CLI cannot offer under its name; nil
// for none. The CLI itself would fail with words that blame Anthropic.
func (i *installation) misnamed(tools []conversation.Tool) error {
	if i.caps.ObjectNames {
		return nil
	}
	for _, t := range tools {
		if slices.Contains(ofObjects, t.Name) {
			return &conversation.Error{
				Kind: conversation.InvalidRequest, Param: "tools",
				Message: fmt.Sprintf("Claude Code %s cannot offer a tool of the name %q to the model.", i.version, t.Name),
				Hint:    fmt.Sprintf("Name the tool otherwise, or update Claude Code (`claude update`) to %s or newer.", objectNamesVersion),
			}
		}
	}
	return nil
}

// shortened gives the tools descriptions that the CLI keeps whole, which it does with up to
// limit UTF-16 units. What does not fit goes into the system prompt, in texts of their own.
func shortened(tools []conversation.Tool, limit int) (short []conversation.Tool, more []string) {
	for _, t := range tools {
		if unitsIn(t.Description) > limit {
			const rest = "\n(The description goes on in the system prompt.)"
			cut := withinUnits(t.Description, limit-len(rest))
			more = append(more, fmt.Sprintf("The description of the tool %q goes on:\n%s", t.Name, t.Description[cut:]))
			t.Description = t.Description[:cut] + rest
		}
		short = append(short, t)
	}
	return short, more
}

// unitsIn is a text's length as JavaScript counts it, in UTF-16.
func unitsIn(s string) (n int) {
	for _, r := range s {
		n += utf16.RuneLen(r)
	}
	return n
}

// withinUnits is the index in the text up to which it is not longer than so many units.
func withinUnits(s string, most int) int {
	n := 0
	for i, r := range s {
		if n += utf16.RuneLen(r); n > most {
			return i
		}
	}
	return len(s)
}
