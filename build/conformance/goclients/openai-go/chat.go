package main

import (
	"context"
	"encoding/json"

	"goclients/scenario"
)

func chat(ctx context.Context) (seen scenario.Seen, err error) {
	answer, err := client.Chat.Completions.New(ctx, question())
	if err != nil {
		return seen, err
	}
	choice := answer.Choices[0]
	return scenario.Seen{
		Text: choice.Message.Content, Finish: choice.FinishReason, Usage: usageOf(answer.Usage),
		Raw: []json.RawMessage{json.RawMessage(answer.RawJSON())},
	}, nil
}
