package main

import (
	"context"

	openai "github.com/sashabaranov/go-openai"

	"goclients/scenario"
)

func brokenStream(ctx context.Context) (seen scenario.Seen, err error) {
	err = each(ctx, question(), func(chunk openai.ChatCompletionStreamResponse) {
		for _, choice := range chunk.Choices {
			seen.Text += choice.Delta.Content
		}
	})
	if err != nil {
		var thrown scenario.Thrown
		thrown, err = failure(err)
		seen.Errors = append(seen.Errors, thrown)
	}
	return seen, err
}
