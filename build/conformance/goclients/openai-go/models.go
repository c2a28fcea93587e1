package main

import (
	"context"

	"goclients/scenario"
)

func models(ctx context.Context) (seen scenario.Seen, err error) {
	pages := client.Models.ListAutoPaging(ctx)
	for pages.Next() {
		seen.Models = append(seen.Models, pages.Current().ID)
	}
	return seen, pages.Err()
}
