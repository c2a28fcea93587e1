package main

import (
	"context"

	"github.com/openai/openai-go/v3"

	"goclients/scenario"
)

func image(ctx context.Context) (seen scenario.Seen, err error) {
	answer, err := client.Chat.Completions.New(ctx, openai.ChatCompletionNewParams{
		Model: scenario.Model,
		Messages: []openai.ChatCompletionMessageParamUnion{
			openai.UserMessage([]openai.ChatCompletionContentPartUnionParam{
				openai.TextContentPart(scenario.Question),
				openai.ImageContentPart(openai.ChatCompletionContentPartImageImageURLParam{URL: scenario.Dot}),
			}),
		},
	})
	if err != nil {
		return seen, err
	}
	return scenario.Seen{Text: answer.Choices[0].Message.Content}, nil
}
