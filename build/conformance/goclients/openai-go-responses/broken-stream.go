package main

import (
	"context"

	"github.com/openai/openai-go/v3/responses"

	"goclients/scenario"
)

func brokenStream(ctx context.Context) (seen scenario.Seen, err error) {
	events := client.Responses.NewStreaming(ctx, question())
	for events.Next() {
		switch event := events.Current().AsAny().(type) {
		case responses.ResponseTextDeltaEvent:
			seen.Text += event.Delta
		case responses.ResponseErrorEvent:
			seen.Errors = append(seen.Errors, scenario.Thrown{Code: event.Code, Message: event.Message, Param: event.Param})
		}
	}
	return seen, events.Err()
}
