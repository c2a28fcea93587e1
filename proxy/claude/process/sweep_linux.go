package process

import (
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// killMarked kills every process that has the marker of a dead instance in its
// environment: what its children started, after they themselves were killed with
// the app, and what left their groups.
func killMarked(name string, log *slog.Logger) {
	dirs, _ := filepath.Glob("/proc/[0-9]*")
	for _, dir := range dirs {
		pid, err := strconv.Atoi(filepath.Base(dir))
		if err != nil || pid <= 1 || pid == os.Getpid() || !marked(pid, name) {
			continue
		}
		// The handle (a pidfd) is bound to one process; so look again through it.
		p, err := os.FindProcess(pid)
		if err != nil {
			continue
		}
		if marked(pid, name) {
			log.Info("killing a process that a killed instance left behind", keyPID, pid)
			_ = p.Kill()
		}
		_ = p.Release()
	}
}

func marked(pid int, name string) bool {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/environ")
	return err == nil && slices.Contains(strings.Split(string(b), "\x00"), marker+"="+name)
}
