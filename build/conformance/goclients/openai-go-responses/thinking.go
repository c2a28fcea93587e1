package main

import (
	"context"

	"github.com/openai/openai-go/v3/responses"
	"github.com/openai/openai-go/v3/shared"

	"goclients/scenario"
)

func thinking(ctx context.Context) (seen scenario.Seen, err error) {
	q := question()
	q.Reasoning.Summary = shared.ReasoningSummaryAuto
	answer, err := client.Responses.New(ctx, q)
	if err != nil {
		return seen, err
	}
	for _, item := range answer.Output {
		if item, ok := item.AsAny().(responses.ResponseReasoningItem); ok {
			for _, part := range item.Summary {
				seen.Thought += part.Text
			}
		}
	}
	seen.Text = answer.OutputText()
	return seen, nil
}
