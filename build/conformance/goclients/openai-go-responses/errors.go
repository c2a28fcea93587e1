package main

import (
	"context"
	"strings"

	"github.com/openai/openai-go/v3/responses"

	"goclients/scenario"
)

func failures(ctx context.Context) (seen scenario.Seen, err error) {
	for text := range strings.FieldsSeq(scenario.Question) {
		_, err := client.Responses.New(ctx, responses.ResponseNewParams{Model: scenario.Model, Input: says(text)})
		if err == nil {
			continue
		}
		thrown, err := failure(err)
		if err != nil {
			return seen, err
		}
		seen.Errors = append(seen.Errors, thrown)
	}
	return seen, nil
}
