package main

import (
	"context"

	"goclients/scenario"
)

func abort(ctx context.Context) (seen scenario.Seen, err error) {
	chunks := client.Chat.Completions.NewStreaming(ctx, question())
	for chunks.Next() {
		if choices := chunks.Current().Choices; len(choices) > 0 && choices[0].Delta.Content != "" {
			return seen, chunks.Close()
		}
	}
	return seen, chunks.Err()
}
