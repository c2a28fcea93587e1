package main

import (
	"context"
	"encoding/json"

	openai "github.com/sashabaranov/go-openai"

	"goclients/scenario"
)

// inTheForm asks for an answer in the form of the town.
func inTheForm() (q openai.ChatCompletionRequest, err error) {
	schema, err := json.Marshal(scenario.Town)
	q = question()
	q.ResponseFormat = &openai.ChatCompletionResponseFormat{
		Type:       openai.ChatCompletionResponseFormatTypeJSONSchema,
		JSONSchema: &openai.ChatCompletionResponseFormatJSONSchema{Name: "town", Schema: json.RawMessage(schema), Strict: true},
	}
	return q, err
}

func jsonSchema(ctx context.Context) (seen scenario.Seen, err error) {
	q, err := inTheForm()
	if err != nil {
		return seen, err
	}
	return value(ctx, q)
}

func value(ctx context.Context, q openai.ChatCompletionRequest) (seen scenario.Seen, err error) {
	answer, err := client.CreateChatCompletion(ctx, q)
	if err != nil {
		return seen, err
	}
	return scenario.Seen{Value: json.RawMessage(answer.Choices[0].Message.Content)}, nil
}
