package main

import (
	"context"

	"goclients/scenario"
)

func jsonRefused(ctx context.Context) (seen scenario.Seen, err error) {
	if _, err = client.Responses.New(ctx, inTheForm()); err != nil {
		var thrown scenario.Thrown
		thrown, err = failure(err)
		seen.Errors = append(seen.Errors, thrown)
	}
	return seen, err
}
