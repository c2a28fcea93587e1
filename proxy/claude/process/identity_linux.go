package process

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
)

// bootAndNamespace tells apart pids of before and after a restart of the machine,
// and of containers that share a home directory.
var bootAndNamespace = sync.OnceValue(func() string {
	boot, _ := os.ReadFile("/proc/sys/kernel/random/boot_id")
	namespace, _ := os.Readlink("/proc/self/ns/pid")
	return strings.TrimSpace(string(boot)) + " " + namespace
})

// identity is equal for two calls only when pid is the same process: it has the
// time of its start, in clock ticks since boot.
func identity(pid int) (string, error) {
	s, err := readStat(strconv.Itoa(pid))
	return s.start + " " + bootAndNamespace(), err
}

// onlyZombies says that nothing of a process group runs any more.
func onlyZombies(pgid int) bool {
	dirs, err := filepath.Glob("/proc/[0-9]*")
	if err != nil || len(dirs) == 0 {
		return false
	}
	for _, dir := range dirs {
		s, err := readStat(filepath.Base(dir))
		if err == nil && s.pgid == strconv.Itoa(pgid) && s.state != "Z" && s.state != "X" {
			return false
		}
	}
	return true
}

// stat is part of /proc/PID/stat, in its own spelling; see proc_pid_stat(5).
type stat struct{ state, pgid, start string }

func readStat(pid string) (stat, error) {
	b, err := os.ReadFile("/proc/" + pid + "/stat")
	if err != nil {
		return stat{}, err
	}
	// The name in parentheses may have spaces and parentheses itself; what follows
	// the last one begins with field 3.
	i := strings.LastIndex(string(b), ") ")
	fields := strings.Fields(string(b[max(i, 0):]))
	if i < 0 || len(fields) < 21 {
		return stat{}, errors.New("/proc/PID/stat has another form than expected")
	}
	return stat{state: fields[1], pgid: fields[3], start: fields[20]}, nil
}
