package main

import (
	"context"

	openai "github.com/sashabaranov/go-openai"

	"goclients/scenario"
)

func toolChoice(ctx context.Context) (seen scenario.Seen, err error) {
	q := question()
	q.Tools = functions()
	q.ToolChoice = openai.ToolChoice{Type: openai.ToolTypeFunction, Function: openai.ToolFunction{Name: "get_weather"}}
	message, finish, err := assemble(ctx, q, &seen)
	for _, call := range message.ToolCalls {
		seen.Calls = append(seen.Calls, scenario.Call{ID: call.ID, Name: call.Function.Name, Arguments: call.Function.Arguments})
	}
	seen.Finish = string(finish)
	return seen, err
}
