package app

import (
	"context"
	"time"
)

// watch looks, now and then, at what nobody announces: the time, the settings file,
// and whether the app starts at login.
func (k *Controller) watch(ctx context.Context) {
	ticker := time.NewTicker(k.period)
	defer ticker.Stop()
	last := time.Now()
	for {
		k.Send(LaunchAtLoginSeen{k.launchAtLogin()})
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
		now := time.Now()
		if slept(now.Sub(last), now.Round(0).Sub(last.Round(0)), k.period) {
			k.log.Info("the machine slept, or its clock was set; everything is looked at again")
			k.Send(Woke{})
		}
		last = now
		k.Send(Ticked{now})
		k.Send(k.ports.ReadSettings())
	}
}

// slept says whether the machine slept between two looks that were to be one period
// apart. On Linux and macOS the monotonic clock stands still meanwhile and the wall
// clock does not; on Windows both go on, and the look comes late.
func slept(monotonic, wall, period time.Duration) bool {
	const jump = 10 * time.Second // more than a busy machine or a corrected clock brings
	return (wall-monotonic).Abs() > jump || monotonic > period+3*jump
}
