package main

import (
	"context"

	"goclients/scenario"
)

func brokenStream(ctx context.Context) (seen scenario.Seen, err error) {
	chunks := client.Chat.Completions.NewStreaming(ctx, question())
	for chunks.Next() {
		for _, choice := range chunks.Current().Choices {
			seen.Text += choice.Delta.Content
		}
	}
	if chunks.Err() != nil {
		var thrown scenario.Thrown
		thrown, err = failure(chunks.Err())
		seen.Errors = append(seen.Errors, thrown)
	}
	return seen, err
}
