package protocols

import (
	"encoding/json"

	"claude-max-api-proxy/proxy/conversation"
)

// write gives a request's body in each protocol.
var write = map[string]func(conversation.Request) []byte{
	"chat": writeChat, "responses": writeResponses, "messages": writeMessages,
}

type object map[string]any

func body(o object) []byte {
	data, err := json.Marshal(o)
	if err != nil {
		panic(err)
	}
	return data
}

// parameters are those with the same name and form in all three.
func parameters(r conversation.Request) object {
	o := object{"model": r.Model}
	if r.Temperature != nil {
		o["temperature"], o["top_p"] = *r.Temperature, *r.TopP
	}
	return o
}

func address(s conversation.Source) string {
	if s.URL != "" {
		return s.URL
	}
	return "data:" + s.MediaType + ";base64," + s.Data
}

func writeChat(r conversation.Request) []byte {
	part := func(b conversation.Block) object {
		switch b := b.(type) {
		case conversation.Image:
			return object{"type": "image_url", "image_url": object{"url": address(b.Source)}}
		case conversation.Document:
			return object{"type": "file", "file": object{"filename": b.Title, "file_data": address(b.Source)}}
		default:
			return object{"type": "text", "text": b.(conversation.Text).Text}
		}
	}
	parts := func(blocks []conversation.Block) (all []object) {
		for _, b := range blocks {
			all = append(all, part(b))
		}
		return all
	}
	var messages []object
	for _, text := range r.System {
		messages = append(messages, object{"role": "system", "content": text})
	}
	for _, turn := range r.Turns {
		var said []conversation.Block
		var calls []object
		for _, b := range turn.Blocks {
			switch b := b.(type) {
			case conversation.ToolUse:
				calls = append(calls, object{"id": b.ID, "type": "function", "function": object{"name": b.Name, "arguments": string(b.Input)}})
			case conversation.ToolResult:
				messages = append(messages, object{"role": "tool", "tool_call_id": b.ID, "content": parts(b.Blocks)})
			default:
				said = append(said, b)
			}
		}
		m := object{"role": string(turn.Role), "content": parts(said)}
		if len(calls) > 0 {
			m["tool_calls"] = calls
		}
		if len(said)+len(calls) > 0 {
			messages = append(messages, m)
		}
	}
	o := parameters(r)
	o["messages"], o["max_tokens"] = messages, r.MaxTokens
	o["parallel_tool_calls"] = !r.OneToolCall
	var tools []object
	for _, t := range r.Tools {
		tools = append(tools, object{"type": "function", "function": object{"name": t.Name, "description": t.Description, "parameters": t.Schema}})
	}
	o["tools"] = tools
	switch r.ToolChoice.Mode {
	case conversation.NoTool:
		o["tool_choice"] = "none"
	case conversation.AnyTool:
		o["tool_choice"] = "required"
	case conversation.NamedTool:
		o["tool_choice"] = object{"type": "function", "function": object{"name": r.ToolChoice.Name}}
	}
	if r.Thinking.Mode == conversation.DoNotThink {
		o["reasoning_effort"] = "none"
	}
	return body(o)
}

func writeResponses(r conversation.Request) []byte {
	part := func(role conversation.Role, b conversation.Block) object {
		switch b := b.(type) {
		case conversation.Image:
			return object{"type": "input_image", "image_url": address(b.Source)}
		case conversation.Document:
			return object{"type": "input_file", "filename": b.Title, "file_data": address(b.Source)}
		default:
			kind := map[conversation.Role]string{conversation.User: "input_text", conversation.Assistant: "output_text"}[role]
			return object{"type": kind, "text": b.(conversation.Text).Text}
		}
	}
	parts := func(role conversation.Role, blocks []conversation.Block) (all []object) {
		for _, b := range blocks {
			all = append(all, part(role, b))
		}
		return all
	}
	var input []object
	o := parameters(r)
	for i, text := range r.System {
		if i == 0 {
			o["instructions"] = text
		} else {
			input = append(input, object{"type": "message", "role": "developer", "content": text})
		}
	}
	for _, turn := range r.Turns {
		for _, b := range turn.Blocks {
			switch b := b.(type) {
			case conversation.ToolUse:
				input = append(input, object{"type": "function_call", "call_id": b.ID, "name": b.Name, "arguments": string(b.Input)})
			case conversation.ToolResult:
				input = append(input, object{"type": "function_call_output", "call_id": b.ID, "output": parts(conversation.User, b.Blocks)})
			default:
				input = append(input, object{"type": "message", "role": string(turn.Role), "content": parts(turn.Role, []conversation.Block{b})})
			}
		}
	}
	o["input"], o["max_output_tokens"] = input, r.MaxTokens
	o["parallel_tool_calls"] = !r.OneToolCall
	var tools []object
	for _, t := range r.Tools {
		tools = append(tools, object{"type": "function", "name": t.Name, "description": t.Description, "parameters": t.Schema})
	}
	o["tools"] = tools
	switch r.ToolChoice.Mode {
	case conversation.NoTool:
		o["tool_choice"] = "none"
	case conversation.AnyTool:
		o["tool_choice"] = "required"
	case conversation.NamedTool:
		o["tool_choice"] = object{"type": "function", "name": r.ToolChoice.Name}
	}
	if r.Thinking.Mode == conversation.DoNotThink {
		o["reasoning"] = object{"effort": "none"}
	}
	return body(o)
}

// writeMessages needs little: the neutral model's blocks are the Messages API's own.
func writeMessages(r conversation.Request) []byte {
	var system, messages, tools []object
	for _, text := range r.System {
		system = append(system, object{"type": "text", "text": text})
	}
	for _, turn := range r.Turns {
		messages = append(messages, object{"role": string(turn.Role), "content": turn.Blocks})
	}
	for _, t := range r.Tools {
		tools = append(tools, object{"name": t.Name, "description": t.Description, "input_schema": t.Schema})
	}
	o := parameters(r)
	o["system"], o["messages"], o["tools"], o["max_tokens"] = system, messages, tools, r.MaxTokens
	choice := object{"type": map[conversation.ToolMode]string{
		conversation.AutoTool: "auto", conversation.NoTool: "none", conversation.AnyTool: "any", conversation.NamedTool: "tool",
	}[r.ToolChoice.Mode]}
	if r.ToolChoice.Name != "" {
		choice["name"] = r.ToolChoice.Name
	}
	if r.OneToolCall {
		choice["disable_parallel_tool_use"] = true
	}
	o["tool_choice"] = choice
	o["thinking"] = object{"type": "adaptive"}
	if r.Thinking.Mode == conversation.DoNotThink {
		o["thinking"] = object{"type": "disabled"}
	}
	return body(o)
}
