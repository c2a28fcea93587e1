package anthropic

import (
	"fmt"
	"strings"

	"claude-max-api-proxy/proxy/conversation"
	"claude-max-api-proxy/proxy/jsonbody"
	"claude-max-api-proxy/proxy/params"
)

// block is a content block with its members looked up but not yet read: the type, which
// decides on the rest, may come last.
type block struct {
	jsonbody.Picked
	kind string
}

// open looks up a block's members. takes lists the types for the error message.
func open(v jsonbody.Value, takes string) (block, *conversation.Error) {
	if v.Type() != jsonbody.Object {
		return block{}, v.Want("an object with a type")
	}
	b := block{Picked: v.Pick("type", "text", "source", "title", "context", "citations", "content",
		"tool_use_id", "is_error", "tool_name", "id", "name", "input", "thinking", "signature", "data")}
	kind, err := b.Get("type").Text()
	if err != nil {
		return b, b.Get("type").Want(takes)
	}
	b.kind = kind
	return b, nil
}

// unknown is the error for a block whose type does not go where it stands.
func (b block) unknown(takes string) *conversation.Error {
	v := b.Get("type")
	if b.kind == "server_tool_use" || b.kind == "mcp_tool_use" || b.kind == "container_upload" || strings.HasSuffix(b.kind, "_tool_result") {
		err := v.Invalid(fmt.Sprintf("%s is %q, but there are no tools here that run at Anthropic, so the model cannot be told of their calls and results.",
			v.Path(), jsonbody.Shorten(b.kind)))
		err.Hint = "Leave such blocks out, or say in a text block what came of the call."
		return err
	}
	return v.WantWord(takes)
}

// readUserBlock gives a block of a user's message; several for a document that is made
// of texts and pictures.
func (r *Request) readUserBlock(v jsonbody.Value) ([]conversation.Block, *conversation.Error) {
	const takes = "text, image, document, search_result or tool_result"
	b, err := open(v, takes)
	switch {
	case err != nil:
		return nil, err
	case b.kind == "tool_result":
		result, err := r.readResult(b)
		return []conversation.Block{result}, err
	default:
		return r.readShown(b, takes)
	}
}

// readShown reads what the user shows to the model, or a tool does.
func (r *Request) readShown(b block, takes string) ([]conversation.Block, *conversation.Error) {
	switch b.kind {
	case "text":
		text, err := r.readText(b)
		return []conversation.Block{text}, err
	case "image":
		source, err := readImage(b.Get("source"))
		return []conversation.Block{conversation.Image{Source: source}}, err
	case "document":
		return r.readDocument(b)
	case "search_result":
		return r.readSearchResult(b)
	default:
		return nil, b.unknown(takes)
	}
}

// readAssistantBlock gives a block of what the model is to have said; none for thinking
// without a signature, which upstream would not take.
func (r *Request) readAssistantBlock(v jsonbody.Value) ([]conversation.Block, *conversation.Error) {
	const takes = "text, thinking, redacted_thinking or tool_use"
	b, err := open(v, takes)
	if err != nil {
		return nil, err
	}
	switch b.kind {
	case "text":
		text, err := r.readText(b)
		return []conversation.Block{text}, err
	case "thinking":
		var thinking conversation.Thinking
		if thinking.Text, err = b.Get("thinking").Text(); err != nil {
			return nil, err
		}
		if thinking.Signature, err = b.Get("signature").Text(); err != nil || thinking.Signature == "" {
			return nil, err
		}
		return []conversation.Block{thinking}, nil
	case "redacted_thinking":
		data, err := b.Get("data").Text()
		if err != nil || data == "" {
			return nil, err
		}
		return []conversation.Block{conversation.RedactedThinking{Data: data}}, nil
	case "tool_use":
		call, err := readCall(b)
		return []conversation.Block{call}, err
	default:
		return nil, b.unknown(takes)
	}
}

// readText reads a text. Where it was cited from cannot be passed on.
func (r *Request) readText(b block) (conversation.Text, *conversation.Error) {
	if citations := b.Get("citations"); citations.Type() == jsonbody.Array && !citations.IsEmpty() {
		r.ignore(citationsName)
	}
	text, err := b.Get("text").Text()
	return conversation.Text{Text: text}, err
}

// readCall reads a call that the model has made.
func readCall(b block) (call conversation.ToolUse, err *conversation.Error) {
	if call.ID, err = readID(b.Get("id")); err != nil {
		return call, err
	}
	if call.Name, err = params.ToolName(b.Get("name")); err != nil {
		return call, err
	}
	input := b.Get("input")
	if input.Type() != jsonbody.Object {
		return call, input.Want("an object: the tool's arguments")
	}
	call.Input = input.Raw()
	return call, nil
}

func readID(v jsonbody.Value) (string, *conversation.Error) {
	id, err := v.Text()
	if err != nil || id == "" {
		return "", v.Want("the id of a tool call")
	}
	return id, nil
}

// readResult reads what came of a call.
func (r *Request) readResult(b block) (result conversation.ToolResult, err *conversation.Error) {
	if result.ID, err = readID(b.Get("tool_use_id")); err != nil {
		return result, err
	}
	if failed := b.Get("is_error"); !failed.IsNull() {
		if result.IsError, err = failed.Bool(); err != nil {
			return result, err
		}
	}
	content := b.Get("content")
	if content.IsNull() {
		return result, nil
	}
	err = readContent(content, func(element jsonbody.Value) *conversation.Error {
		const takes = "text, image, document, search_result or tool_reference"
		inner, err := open(element, takes)
		if err != nil {
			return err
		}
		if inner.kind == "tool_reference" {
			found, err := readReference(inner)
			result.Blocks = append(result.Blocks, found)
			return err
		}
		blocks, err := r.readShown(inner, takes)
		result.Blocks = append(result.Blocks, blocks...)
		return err
	}, func(text string) { result.Blocks = append(result.Blocks, conversation.Text{Text: text}) })
	result.Blocks = withoutBlank(result.Blocks)
	return result, err
}

// readReference reads the name of a tool that the client's own search has found, as a text.
// The tool itself is offered from the beginning, however the request puts it off.
func readReference(b block) (conversation.Text, *conversation.Error) {
	name, err := params.ToolName(b.Get("tool_name"))
	return conversation.Text{Text: "The tool " + name + " is there and can be called."}, err
}

// withoutBlank leaves out texts of white space alone, which upstream refuses.
func withoutBlank(blocks []conversation.Block) (out []conversation.Block) {
	for _, b := range blocks {
		if text, ok := b.(conversation.Text); !ok || strings.TrimSpace(text.Text) != "" {
			out = append(out, b)
		}
	}
	return out
}
