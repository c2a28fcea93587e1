package main

import (
	"context"

	"github.com/openai/openai-go/v3/shared"

	"goclients/scenario"
)

func jsonObject(ctx context.Context) (seen scenario.Seen, err error) {
	q := question()
	q.Text.Format.OfJSONObject = &shared.ResponseFormatJSONObjectParam{}
	return value(ctx, q)
}
