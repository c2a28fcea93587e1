package claudetest

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
)

// ProcessesWith are those that have the variable in their environment, as "HOME=/tmp/x", by
// their ids, with their command lines. Linux only; elsewhere none is seen.
func ProcessesWith(variable string) map[int]string {
	found := map[int]string{}
	mark := []byte("\x00" + variable + "\x00")
	dirs, _ := filepath.Glob("/proc/[0-9]*")
	for _, dir := range dirs {
		environment, err := os.ReadFile(filepath.Join(dir, "environ"))
		if err != nil || !bytes.Contains(append([]byte{0}, environment...), mark) {
			continue
		}
		pid, _ := strconv.Atoi(filepath.Base(dir))
		command, _ := os.ReadFile(filepath.Join(dir, "cmdline"))
		found[pid] = string(command)
	}
	return found
}
