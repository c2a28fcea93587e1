package process

import (
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/gofrs/flock"
)

// instanceName keeps the sweep from removing what is not ours.
var instanceName = regexp.MustCompile(`^[0-9]+-[0-9a-f]{8}$`)

// IsInstance says whether a directory's name is one that instances give their own.
func IsInstance(name string) bool { return instanceName.MatchString(name) }

// sweep kills what dead instances below base left running and removes their
// directories. The caller holds base's lock. Failures are logged, never fatal: a
// leftover of another user must not keep the app from starting.
func sweep(base, own string, log *slog.Logger) {
	entries, err := os.ReadDir(base)
	if err != nil {
		log.Warn("the run directory cannot be swept", keyDir, base, keyError, err)
		return
	}
	for _, e := range entries {
		if !e.IsDir() || e.Name() == own || !instanceName.MatchString(e.Name()) {
			continue
		}
		dir := filepath.Join(base, e.Name())
		lock := flock.New(filepath.Join(dir, "lock"))
		free, err := lock.TryLock()
		if err != nil {
			log.Warn("a run directory cannot be checked", keyDir, dir, keyError, err)
			continue
		}
		if !free {
			continue // it lives
		}
		killRecorded(filepath.Join(dir, "children"), log)
		killMarked(e.Name(), log)
		_ = lock.Close()
		if err := os.RemoveAll(dir); err != nil {
			log.Warn("a left-over run directory cannot be removed", keyDir, dir, keyError, err)
		}
	}
}

// killRecorded kills the groups of recorded children that are still the same
// processes.
func killRecorded(dir string, log *slog.Logger) {
	records, err := os.ReadDir(dir)
	if err != nil {
		return // the instance died before it had children
	}
	for _, r := range records {
		pid, err := strconv.Atoi(r.Name())
		if err != nil || pid <= 1 {
			continue
		}
		b, err := os.ReadFile(filepath.Join(dir, r.Name()))
		was := strings.TrimSpace(string(b))
		if err != nil || was == "" {
			continue
		}
		if is, err := identity(pid); err != nil || is != was {
			continue
		}
		log.Info("killing a process that a killed instance left behind", keyPID, pid)
		killLeftover(pid)
	}
}
