//go:build windows || (darwin && cgo)

package tray

import (
	"context"
	"log/slog"

	"claude-max-api-proxy/app"
)

// Unavailable says why there can be no icon; "" when there can be one.
func Unavailable() string { return "" }

// watchHost has nothing to watch: the system always has a place for icons.
func watchHost(ctx context.Context, _ *slog.Logger, _ func(app.Notice)) { <-ctx.Done() }
