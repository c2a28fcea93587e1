package main

import (
	"context"

	openai "github.com/sashabaranov/go-openai"

	"goclients/scenario"
)

func jsonObject(ctx context.Context) (seen scenario.Seen, err error) {
	q := question()
	q.ResponseFormat = &openai.ChatCompletionResponseFormat{Type: openai.ChatCompletionResponseFormatTypeJSONObject}
	return value(ctx, q)
}
