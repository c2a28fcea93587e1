package main

import (
	"context"

	"github.com/openai/openai-go/v3/responses"

	"goclients/scenario"
)

func toolsStream(ctx context.Context) (seen scenario.Seen, err error) {
	return seen, loop(&seen, func(q responses.ResponseNewParams) (responses.Response, error) {
		return follow(ctx, q, &seen)
	})
}
