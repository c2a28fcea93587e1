package streamjson

import (
	"encoding/json"
	"fmt"
)

// Parse decodes one line. Fields may stand in any order: the CLI puts `type`
// late in some lines. A line of an unknown type is [Other], whatever else is in it.
func Parse(line []byte) (Message, error) {
	// Only what tells the lines apart has to have a certain type.
	var head struct {
		Type      string          `json:"type"`
		Subtype   any             `json:"subtype"`
		Status    any             `json:"status"`
		RequestID any             `json:"request_id"`
		Error     any             `json:"error"`
		Event     json.RawMessage `json:"event"`
		Response  json.RawMessage `json:"response"`
		Request   json.RawMessage `json:"request"`
		RateLimit json.RawMessage `json:"rate_limit_info"`
	}
	if err := json.Unmarshal(line, &head); err != nil {
		return nil, fmt.Errorf("not a JSON object of the CLI: %w", err)
	}
	switch head.Type {
	case "stream_event":
		return parseEvent(head.Event)
	case "result":
		return decode[Result](line)
	case "rate_limit_event":
		return optional[RateLimit](head.Type, head.RateLimit), nil
	case "control_response":
		return decode[ControlResponse](head.Response)
	case "control_request":
		var request struct {
			Subtype string          `json:"subtype"`
			Server  string          `json:"server_name"`
			Message json.RawMessage `json:"message"`
		}
		id, ok := head.RequestID.(string)
		if err := json.Unmarshal(head.Request, &request); err != nil || !ok {
			return nil, fmt.Errorf("a control request of the CLI cannot be read: %w", err)
		}
		return ControlRequest{RequestID: id, Subtype: request.Subtype, Server: request.Server, Message: request.Message}, nil
	case "assistant":
		if code, ok := head.Error.(string); ok && code != "" {
			return apiError(code, line), nil
		}
	case "user":
		return toolResults(line), nil
	case "system":
		switch {
		case head.Subtype == "init":
			return optional[Init](head.Type, line), nil
		case head.Subtype == "api_retry":
			return decode[APIRetry](line)
		case head.Subtype == "status" && head.Status == "requesting":
			return Requesting{}, nil
		}
	}
	return Other{Type: head.Type}, nil
}

// parseEvent reads an event of the Messages API, which may be of a type that has
// come since, with fields of its own.
func parseEvent(raw json.RawMessage) (Message, error) {
	m, err := decode[StreamEvent](raw)
	if err == nil {
		return m, nil
	}
	var head struct {
		Type string `json:"type"`
	}
	if json.Unmarshal(raw, &head) != nil {
		return nil, err
	}
	switch head.Type {
	case "message_start", "content_block_start", "content_block_delta", "message_delta":
		return nil, err
	}
	return StreamEvent{Type: head.Type}, nil
}

// optional reads what a turn can do without.
func optional[M Message](kind string, raw json.RawMessage) Message {
	m, err := decode[M](raw)
	if err != nil {
		return Other{Type: kind}
	}
	return m
}

// decode reads one object of a known type. A missing object is the CLI's fault
// and an error, not a zero value that looks like an answer.
func decode[M Message](raw json.RawMessage) (Message, error) {
	var m M
	if len(raw) == 0 {
		return nil, fmt.Errorf("a line of the CLI lacks the body of a %T", m)
	}
	if err := json.Unmarshal(raw, &m); err != nil {
		return nil, fmt.Errorf("a line of the CLI is not a %T: %w", m, err)
	}
	return m, nil
}

// apiError reads what an error line says; what is missing stays empty.
func apiError(code string, line []byte) APIError {
	var said struct {
		Status  int    `json:"api_error_status"`
		Type    string `json:"api_error_type"`
		Message struct {
			Content []struct {
				Text string `json:"text"`
			} `json:"content"`
		} `json:"message"`
	}
	_ = json.Unmarshal(line, &said) // the code alone says enough
	e := APIError{Code: code, Status: said.Status, Type: said.Type}
	for _, block := range said.Message.Content {
		e.Text += block.Text
	}
	return e
}

// toolResults reads which results a user line of the CLI's holds.
func toolResults(line []byte) Message {
	var said struct {
		Message struct {
			Content []struct {
				ToolUseID string `json:"tool_use_id"`
			} `json:"content"`
		} `json:"message"`
	}
	var r ToolResults
	if json.Unmarshal(line, &said) == nil {
		for _, block := range said.Message.Content {
			if block.ToolUseID != "" {
				r.IDs = append(r.IDs, block.ToolUseID)
			}
		}
	}
	if len(r.IDs) == 0 {
		return Other{Type: "user"}
	}
	return r
}
