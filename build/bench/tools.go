package main

import "encoding/json"

// tool is a function that a client offers.
type tool struct {
	Type     string   `json:"type"`
	Function function `json:"function"`
}

type function struct {
	Name        string          `json:"name"`
	Description string          `json:"description"`
	Parameters  json.RawMessage `json:"parameters"`
}

func newTool(name string) tool {
	return tool{Type: "function", Function: function{
		Name:        name,
		Description: "Gives the text of a file.",
		Parameters:  json.RawMessage(`{"type":"object","properties":{"path":{"type":"string"}},"required":["path"]}`),
	}}
}

// toolCall is a call of one, or a piece of it in a stream: then Index says of which.
type toolCall struct {
	Index    int    `json:"index"`
	ID       string `json:"id"`
	Type     string `json:"type"`
	Function struct {
		Name      string `json:"name"`
		Arguments string `json:"arguments"`
	} `json:"function"`
}

// appendCalls adds the pieces of one event.
func appendCalls(calls, pieces []toolCall) []toolCall {
	for _, piece := range pieces {
		if piece.Index >= len(calls) { // they come in order
			calls = append(calls, piece)
			continue
		}
		calls[piece.Index].Function.Arguments += piece.Function.Arguments
	}
	return calls
}
