package main

import (
	"context"
	"encoding/json"

	"github.com/openai/openai-go/v3/responses"

	"goclients/scenario"
)

func stream(ctx context.Context) (seen scenario.Seen, err error) {
	answer, err := follow(ctx, question(), &seen)
	if err != nil {
		return seen, err
	}
	seen.Text, seen.Finish, seen.Usage = answer.OutputText(), string(answer.Status), usageOf(answer.Usage)
	return seen, nil
}

// follow keeps the events of a stream, counts the pieces of its text and gives the response
// of its last one.
func follow(ctx context.Context, q responses.ResponseNewParams, seen *scenario.Seen) (answer responses.Response, err error) {
	events := client.Responses.NewStreaming(ctx, q)
	for events.Next() {
		event := events.Current()
		seen.Raw = append(seen.Raw, json.RawMessage(event.RawJSON()))
		switch event := event.AsAny().(type) {
		case responses.ResponseTextDeltaEvent:
			seen.Pieces++
		case responses.ResponseCompletedEvent:
			answer = event.Response
		}
	}
	return answer, events.Err()
}
