package main

import (
	"context"

	"goclients/scenario"
)

func models(ctx context.Context) (seen scenario.Seen, err error) {
	list, err := client.ListModels(ctx)
	for _, m := range list.Models {
		seen.Models = append(seen.Models, m.ID)
	}
	return seen, err
}
