package leftovers

import (
	"path/filepath"
	"strings"
	"time"
)

// oldLog is for how long nothing was written to a log that goes while the app runs: longer than a
// process waits for the result of a call, which it notes. One that lives nevertheless loses
// only what it wrote before: it opens its log anew each time, and makes it where there is none.
const oldLog = 12 * time.Minute

// removeOldLogs removes those that our processes have written. Whose each one is, nobody can
// tell when a process has taken its record along.
func (s *Sweeper) removeOldLogs(now time.Time) {
	cache := s.openCache()
	if cache == nil {
		return
	}
	defer cache.Close()
	for _, work := range s.work {
		folder := slug(work)
		for _, server := range s.entries(cache, folder) {
			if !strings.HasPrefix(server, "mcp-logs-") {
				continue
			}
			logs := filepath.Join(folder, server)
			for _, name := range s.entries(cache, logs) {
				log := filepath.Join(logs, name)
				info, err := cache.Lstat(log)
				if err == nil && info.Mode().IsRegular() && now.Sub(info.ModTime()) > oldLog {
					err = cache.Remove(log)
				}
				s.failed("log", err)
			}
		}
	}
}
