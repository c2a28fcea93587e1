package main

import (
	"context"

	"github.com/openai/openai-go/v3"

	"goclients/scenario"
)

func previous(ctx context.Context) (seen scenario.Seen, err error) {
	q := question()
	first, err := client.Responses.New(ctx, q)
	if err != nil {
		return seen, err
	}
	q.Input, q.PreviousResponseID = says("And then?"), openai.String(first.ID)
	second, err := client.Responses.New(ctx, q)
	if err != nil {
		return seen, err
	}
	return scenario.Seen{Text: second.OutputText()}, nil
}
