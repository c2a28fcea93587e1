package main

import (
	"context"

	"goclients/scenario"
)

func jsonRefused(ctx context.Context) (seen scenario.Seen, err error) {
	q, err := inTheForm()
	if err != nil {
		return seen, err
	}
	if _, err = client.CreateChatCompletion(ctx, q); err != nil {
		var thrown scenario.Thrown
		thrown, err = failure(err)
		seen.Errors = append(seen.Errors, thrown)
	}
	return seen, err
}
