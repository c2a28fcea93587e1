package main

import (
	"context"

	openai "github.com/sashabaranov/go-openai"

	"goclients/scenario"
)

func image(ctx context.Context) (seen scenario.Seen, err error) {
	answer, err := client.CreateChatCompletion(ctx, openai.ChatCompletionRequest{
		Model: scenario.Model,
		Messages: []openai.ChatCompletionMessage{{
			Role: openai.ChatMessageRoleUser,
			MultiContent: []openai.ChatMessagePart{
				{Type: openai.ChatMessagePartTypeText, Text: scenario.Question},
				{Type: openai.ChatMessagePartTypeImageURL, ImageURL: &openai.ChatMessageImageURL{URL: scenario.Dot}},
			},
		}},
	})
	if err != nil {
		return seen, err
	}
	return scenario.Seen{Text: answer.Choices[0].Message.Content}, nil
}
