package main

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/openai/openai-go/v3"

	"goclients/scenario"
)

func stream(ctx context.Context) (seen scenario.Seen, err error) {
	q := question()
	q.StreamOptions.IncludeUsage = openai.Bool(true)
	answer, err := accumulate(ctx, q, &seen)
	if err != nil {
		return seen, err
	}
	choice := answer.Choices[0]
	seen.Text, seen.Finish, seen.Usage = choice.Message.Content, choice.FinishReason, usageOf(answer.Usage)
	return seen, nil
}

// accumulate puts a stream together, keeps its chunks and counts the pieces of its
// text.
func accumulate(ctx context.Context, q openai.ChatCompletionNewParams, seen *scenario.Seen) (openai.ChatCompletion, error) {
	chunks := client.Chat.Completions.NewStreaming(ctx, q)
	var all openai.ChatCompletionAccumulator
	for chunks.Next() {
		chunk := chunks.Current()
		seen.Raw = append(seen.Raw, json.RawMessage(chunk.RawJSON()))
		if !all.AddChunk(chunk) {
			return all.ChatCompletion, errors.New("the accumulator does not take a chunk: " + chunk.RawJSON())
		}
		if len(chunk.Choices) > 0 && chunk.Choices[0].Delta.Content != "" {
			seen.Pieces++
		}
	}
	return all.ChatCompletion, chunks.Err()
}
