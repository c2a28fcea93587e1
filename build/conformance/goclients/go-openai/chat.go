package main

import (
	"context"

	"goclients/scenario"
)

func chat(ctx context.Context) (seen scenario.Seen, err error) {
	answer, err := client.CreateChatCompletion(ctx, question())
	if err != nil {
		return seen, err
	}
	choice := answer.Choices[0]
	return scenario.Seen{Text: choice.Message.Content, Finish: string(choice.FinishReason), Usage: usageOf(answer.Usage)}, nil
}
