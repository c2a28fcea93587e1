package main

import (
	"context"

	"github.com/openai/openai-go/v3"

	"goclients/scenario"
)

func jsonObject(ctx context.Context) (seen scenario.Seen, err error) {
	q := question()
	q.ResponseFormat.OfJSONObject = &openai.ResponseFormatJSONObjectParam{}
	return value(ctx, q)
}
