package main

import (
	"context"
	"encoding/json"

	"github.com/openai/openai-go/v3"

	"goclients/scenario"
)

// inTheForm asks for an answer in the form of the town.
func inTheForm() openai.ChatCompletionNewParams {
	q := question()
	q.ResponseFormat.OfJSONSchema = &openai.ResponseFormatJSONSchemaParam{
		JSONSchema: openai.ResponseFormatJSONSchemaJSONSchemaParam{Name: "town", Schema: scenario.Town, Strict: openai.Bool(true)},
	}
	return q
}

func jsonSchema(ctx context.Context) (seen scenario.Seen, err error) {
	return value(ctx, inTheForm())
}

func value(ctx context.Context, q openai.ChatCompletionNewParams) (seen scenario.Seen, err error) {
	answer, err := client.Chat.Completions.New(ctx, q)
	if err != nil {
		return seen, err
	}
	return scenario.Seen{Value: json.RawMessage(answer.Choices[0].Message.Content)}, nil
}
