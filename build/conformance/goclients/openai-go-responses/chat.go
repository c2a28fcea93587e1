package main

import (
	"context"
	"encoding/json"

	"goclients/scenario"
)

func chat(ctx context.Context) (seen scenario.Seen, err error) {
	answer, err := client.Responses.New(ctx, question())
	if err != nil {
		return seen, err
	}
	return scenario.Seen{
		Text: answer.OutputText(), Finish: string(answer.Status), Usage: usageOf(answer.Usage),
		Raw: []json.RawMessage{json.RawMessage(answer.RawJSON())},
	}, nil
}
