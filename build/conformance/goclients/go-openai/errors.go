package main

import (
	"context"
	"strings"

	openai "github.com/sashabaranov/go-openai"

	"goclients/scenario"
)

func failures(ctx context.Context) (seen scenario.Seen, err error) {
	for text := range strings.FieldsSeq(scenario.Question) {
		_, err := client.CreateChatCompletion(ctx, openai.ChatCompletionRequest{
			Model: scenario.Model, Messages: []openai.ChatCompletionMessage{{Role: openai.ChatMessageRoleUser, Content: text}},
		})
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
