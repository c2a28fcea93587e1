package soak

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// census is what there is of the program at one moment.
type census struct {
	processes   int   // of the CLI, and what they have started
	memory      int64 // resident, of the program, in bytes
	cliMemory   int64 // of all its processes; what they share is divided among them
	goroutines  map[string]int
	descriptors int
}

func (a *app) census() (c census, err error) {
	pid := a.process.PID()
	c.memory = kilobytes(pid, "status", "VmRSS:")
	open, err := os.ReadDir(filepath.Join("/proc", strconv.Itoa(pid), "fd"))
	if err != nil {
		return c, err
	}
	c.descriptors = len(open)
	for _, child := range a.processes() {
		c.processes++
		c.cliMemory += kilobytes(child, "smaps_rollup", "Pss:")
	}
	c.goroutines, err = a.watcher.goroutines(pid)
	return c, err
}

// kilobytes reads a line such as "VmRSS:   1234 kB" of a file of a process, in bytes; 0
// when the process has ended.
func kilobytes(pid int, file, label string) int64 {
	data, _ := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), file))
	for line := range strings.Lines(string(data)) {
		if rest, ok := strings.CutPrefix(line, label); ok {
			n, _ := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			return n << 10
		}
	}
	return 0
}

// left counts the files that there are in the CLI's folder and in the temporary one, by
// their first two folders.
func (a *app) left() map[string]int {
	count := map[string]int{}
	for _, dir := range []string{a.temporary(), filepath.Join(a.home, ".claude")} {
		for _, file := range filesBelow(dir) {
			in, _ := filepath.Rel(a.home, filepath.Dir(file))
			parts := strings.Split(in, string(filepath.Separator))
			count[filepath.Join(parts[:min(2, len(parts))]...)]++
		}
	}
	return count
}

// loadAverage is how many processes wanted to run during the last minute; "?" when nobody
// knows.
func loadAverage() string {
	data, _ := os.ReadFile("/proc/loadavg")
	if fields := strings.Fields(string(data)); len(fields) > 0 {
		return fields[0]
	}
	return "?"
}
