//go:build darwin && !cgo

package tray

import (
	"context"
	"log/slog"

	"claude-max-api-proxy/app"
)

// Unavailable says why there can be no icon.
func Unavailable() string { return "this build has no menu-bar icon; it was made without cgo" }

// Tray cannot be seen in this build.
type Tray struct{}

// New returns a tray that shows nothing.
func New(func(app.Msg), func(app.Notice), *slog.Logger) *Tray { return &Tray{} }

// Changed implements [app.View].
func (*Tray) Changed(_, _ app.State) {}

// Run waits for ctx.
func (*Tray) Run(ctx context.Context, _ func()) { <-ctx.Done() }
