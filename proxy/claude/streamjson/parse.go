package streamjson

import (
	"encoding/json"
	"fmt"
)

// Parse decodes one line. Fields may stand in any order: the CLI puts `type`
// late in some lines.
func Parse(line []byte) (Message, error) {
	var head struct {
		Type      string          `json:"type"`
		Subtype   string          `json:"subtype"`
		Status    string          `json:"status"`
		RequestID string          `json:"request_id"`
		Event     json.RawMessage `json:"event"`
		Response  json.RawMessage `json:"response"`
		Request   json.RawMessage `json:"request"`
		RateLimit json.RawMessage `json:"rate_limit_info"`
		Error     json.RawMessage `json:"error"`
	}
	if err := json.Unmarshal(line, &head); err != nil {
		return nil, fmt.Errorf("not a JSON object of the CLI: %w", err)
	}
	switch head.Type {
	case "stream_event":
		return decode[StreamEvent](head.Event)
	case "result":
		return decode[Result](line)
	case "rate_limit_event":
		return decode[RateLimit](head.RateLimit)
	case "control_response":
		return decode[ControlResponse](head.Response)
	case "control_request":
		var request struct {
			Subtype string `json:"subtype"`
		}
		if err := json.Unmarshal(head.Request, &request); err != nil {
			return nil, fmt.Errorf("a control request of the CLI cannot be read: %w", err)
		}
		return ControlRequest{RequestID: head.RequestID, Subtype: request.Subtype}, nil
	case "assistant":
		var code string
		if len(head.Error) > 0 && json.Unmarshal(head.Error, &code) == nil && code != "" {
			return APIError{Code: code}, nil
		}
	case "system":
		switch {
		case head.Subtype == "init":
			return decode[Init](line)
		case head.Subtype == "api_retry":
			return decode[APIRetry](line)
		case head.Subtype == "status" && head.Status == "requesting":
			return Requesting{}, nil
		}
	}
	return Other{Type: head.Type}, nil
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
