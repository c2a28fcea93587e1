package main

import (
	"context"
	"errors"
	"io"

	openai "github.com/sashabaranov/go-openai"

	"goclients/scenario"
)

func stream(ctx context.Context) (seen scenario.Seen, err error) {
	q := question()
	q.StreamOptions = &openai.StreamOptions{IncludeUsage: true}
	err = each(ctx, q, func(chunk openai.ChatCompletionStreamResponse) {
		if chunk.Usage != nil {
			seen.Usage = usageOf(*chunk.Usage)
		}
		for _, choice := range chunk.Choices {
			if choice.Delta.Content != "" {
				seen.Pieces++
			}
			seen.Text += choice.Delta.Content
			if choice.FinishReason != "" {
				seen.Finish = string(choice.FinishReason)
			}
		}
	})
	return seen, err
}

// each reads a stream to its end.
func each(ctx context.Context, q openai.ChatCompletionRequest, read func(openai.ChatCompletionStreamResponse)) error {
	chunks, err := client.CreateChatCompletionStream(ctx, q)
	if err != nil {
		return err
	}
	for {
		chunk, err := chunks.Recv()
		if errors.Is(err, io.EOF) {
			return chunks.Close()
		}
		if err != nil {
			return errors.Join(err, chunks.Close())
		}
		read(chunk)
	}
}
