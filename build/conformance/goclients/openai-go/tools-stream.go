package main

import (
	"context"

	"github.com/openai/openai-go/v3"

	"goclients/scenario"
)

func toolsStream(ctx context.Context) (seen scenario.Seen, err error) {
	return seen, loop(&seen, func(q openai.ChatCompletionNewParams) (openai.ChatCompletion, error) {
		return accumulate(ctx, q, &seen)
	})
}
