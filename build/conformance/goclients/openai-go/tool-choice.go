package main

import (
	"context"
	"errors"

	"github.com/openai/openai-go/v3"

	"goclients/scenario"
)

// toolChoice takes the call from the accumulator at the moment when it is
// complete, as programs do that do not want to wait for the stream's end.
func toolChoice(ctx context.Context) (seen scenario.Seen, err error) {
	q := question()
	q.Tools = functions()
	q.ToolChoice = openai.ToolChoiceOptionFunctionToolChoice(openai.ChatCompletionNamedToolChoiceFunctionParam{Name: "get_weather"})
	chunks := client.Chat.Completions.NewStreaming(ctx, q)
	var all openai.ChatCompletionAccumulator
	for chunks.Next() {
		chunk := chunks.Current()
		if !all.AddChunk(chunk) {
			return seen, errors.New("the accumulator does not take a chunk: " + chunk.RawJSON())
		}
		if call, ok := all.JustFinishedToolCall(); ok {
			seen.Calls = append(seen.Calls, scenario.Call{ID: call.ID, Name: call.Name, Arguments: call.Arguments})
		}
		for _, choice := range chunk.Choices {
			for _, call := range choice.Delta.ToolCalls {
				if call.Function.Arguments != "" {
					seen.Pieces++
				}
			}
		}
	}
	if err := chunks.Err(); err != nil {
		return seen, err
	}
	seen.Finish = all.Choices[0].FinishReason
	return seen, nil
}
