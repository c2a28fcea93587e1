package main

import (
	"context"

	"github.com/openai/openai-go/v3/responses"

	"goclients/scenario"
)

// toolChoice takes the call from the event that says that it is complete, as programs do
// that do not want to wait for the stream's end.
func toolChoice(ctx context.Context) (seen scenario.Seen, err error) {
	q := question()
	q.Tools = functions()
	q.ToolChoice = responses.ResponseNewParamsToolChoiceUnion{OfFunctionTool: &responses.ToolChoiceFunctionParam{Name: "get_weather"}}
	events := client.Responses.NewStreaming(ctx, q)
	for events.Next() {
		switch event := events.Current().AsAny().(type) {
		case responses.ResponseFunctionCallArgumentsDeltaEvent:
			seen.Pieces++
		case responses.ResponseOutputItemDoneEvent:
			if call, ok := event.Item.AsAny().(responses.ResponseFunctionToolCall); ok {
				seen.Calls = append(seen.Calls, scenario.Call{ID: call.CallID, Name: call.Name, Arguments: call.Arguments})
			}
		case responses.ResponseCompletedEvent:
			seen.Finish = string(event.Response.Status)
		}
	}
	return seen, events.Err()
}
