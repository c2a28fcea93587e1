package offline

import (
	"encoding/json"
	"errors"
)

// wireRequest holds the fields of https://docs.anthropic.com/en/api/messages that
// the stand-in looks at; all others stay in Request.Body.
type wireRequest struct {
	Model     string            `json:"model"`
	System    content           `json:"system"`
	Messages  []wireMessage     `json:"messages"`
	Tools     []json.RawMessage `json:"tools"`
	MaxTokens int               `json:"max_tokens"`
	Stream    bool              `json:"stream"`
	Stop      []string          `json:"stop_sequences"`
}

type wireMessage struct {
	Role    string  `json:"role"`
	Content content `json:"content"`
}

// content is a string or a list of blocks.
type content []ContentBlock

// decodeRequest always returns a request that carries the body, so that one
// which cannot be read can be shown as well.
func decodeRequest(body []byte) (*Request, error) {
	req := &Request{Body: body}
	var wire wireRequest
	if err := json.Unmarshal(body, &wire); err != nil {
		return req, err
	}
	req.Model = wire.Model
	req.System = wire.System
	req.MaxTokens = wire.MaxTokens
	req.Stream = wire.Stream
	req.StopSequences = wire.Stop
	for _, m := range wire.Messages {
		req.Messages = append(req.Messages, Message{Role: m.Role, Content: m.Content})
	}
	for _, raw := range wire.Tools {
		var t struct {
			Name        string          `json:"name"`
			InputSchema json.RawMessage `json:"input_schema"`
		}
		if err := json.Unmarshal(raw, &t); err != nil {
			return req, err
		}
		req.Tools = append(req.Tools, Tool{Raw: raw, Name: t.Name, InputSchema: t.InputSchema})
	}
	if req.Model == "" {
		return req, errors.New("model: Field required")
	}
	if len(req.Messages) == 0 {
		return req, errors.New("messages: at least one message is required")
	}
	return req, nil
}

// UnmarshalJSON takes both forms that the API allows.
func (c *content) UnmarshalJSON(data []byte) error {
	if data[0] == '"' {
		var text string
		if err := json.Unmarshal(data, &text); err != nil {
			return err
		}
		*c = content{{Type: "text", Text: text}}
		return nil
	}
	var raws []json.RawMessage
	if err := json.Unmarshal(data, &raws); err != nil {
		return err
	}
	*c = nil
	for _, raw := range raws {
		var b struct {
			Type      string          `json:"type"`
			Text      string          `json:"text"`
			ID        string          `json:"id"`
			Name      string          `json:"name"`
			Input     json.RawMessage `json:"input"`
			ToolUseID string          `json:"tool_use_id"`
			IsError   bool            `json:"is_error"`
			Content   json.RawMessage `json:"content"`
			Source    Source          `json:"source"`
		}
		if err := json.Unmarshal(raw, &b); err != nil {
			return err
		}
		block := ContentBlock{
			Raw: raw, Type: b.Type, Text: b.Text, ID: b.ID, Name: b.Name, Input: b.Input,
			ToolUseID: b.ToolUseID, IsError: b.IsError, Source: b.Source,
		}
		// Other block types use "content" for shapes of their own.
		if b.Type == "tool_result" && len(b.Content) > 0 {
			var inner content
			if err := json.Unmarshal(b.Content, &inner); err != nil {
				return err
			}
			block.Content = inner
		}
		*c = append(*c, block)
	}
	return nil
}
