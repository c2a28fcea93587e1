package main

import (
	"context"
	"encoding/json"

	"goclients/scenario"
)

func models(ctx context.Context) (seen scenario.Seen, err error) {
	pages := client.Models.ListAutoPaging(ctx)
	for pages.Next() {
		model := pages.Current()
		seen.Models = append(seen.Models, model.ID)
		seen.Raw = append(seen.Raw, json.RawMessage(model.RawJSON()))
	}
	return seen, pages.Err()
}
