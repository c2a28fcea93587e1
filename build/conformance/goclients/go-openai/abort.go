package main

import (
	"context"

	"goclients/scenario"
)

func abort(ctx context.Context) (seen scenario.Seen, err error) {
	chunks, err := client.CreateChatCompletionStream(ctx, question())
	if err != nil {
		return seen, err
	}
	for {
		chunk, err := chunks.Recv()
		if err != nil {
			return seen, err
		}
		if len(chunk.Choices) > 0 && chunk.Choices[0].Delta.Content != "" {
			return seen, chunks.Close()
		}
	}
}
