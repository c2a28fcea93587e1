package process

import (
	"errors"
	"os"
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
// time of its start, from /proc/PID/stat (see proc_pid_stat(5), field 22), which
// is in clock ticks since boot.
func identity(pid int) (string, error) {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return "", err
	}
	// The name in parentheses may have spaces and parentheses itself; what follows
	// the last one begins with field 3.
	_, rest, ok := cutLast(string(b), ") ")
	fields := strings.Fields(rest)
	if !ok || len(fields) < 20 {
		return "", errors.New("/proc/PID/stat has another form than expected")
	}
	return fields[19] + " " + bootAndNamespace(), nil
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}
