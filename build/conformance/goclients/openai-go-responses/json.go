package main

import (
	"context"
	"encoding/json"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/responses"

	"goclients/scenario"
)

// inTheForm asks for an answer in the form of the town.
func inTheForm() responses.ResponseNewParams {
	q := question()
	q.Text.Format = responses.ResponseFormatTextConfigParamOfJSONSchema("town", scenario.Town)
	q.Text.Format.OfJSONSchema.Strict = openai.Bool(true)
	return q
}

func jsonSchema(ctx context.Context) (seen scenario.Seen, err error) {
	return value(ctx, inTheForm())
}

func value(ctx context.Context, q responses.ResponseNewParams) (seen scenario.Seen, err error) {
	answer, err := client.Responses.New(ctx, q)
	if err != nil {
		return seen, err
	}
	return scenario.Seen{Value: json.RawMessage(answer.OutputText())}, nil
}
