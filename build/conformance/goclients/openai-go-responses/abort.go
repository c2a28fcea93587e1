package main

import (
	"context"

	"github.com/openai/openai-go/v3/responses"

	"goclients/scenario"
)

func abort(ctx context.Context) (seen scenario.Seen, err error) {
	events := client.Responses.NewStreaming(ctx, question())
	for events.Next() {
		if _, ok := events.Current().AsAny().(responses.ResponseTextDeltaEvent); ok {
			return seen, events.Close()
		}
	}
	return seen, events.Err()
}
