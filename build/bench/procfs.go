package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// The figures of this file come from Linux's /proc, see proc_pid_stat(5). The
// last result of each function is false where there is none.

// residentMemory is VmRSS in bytes.
func residentMemory(pid int) (int64, bool) {
	return kilobytes("/proc/"+strconv.Itoa(pid)+"/status", "VmRSS:")
}

// childMemory sums what all descendants use, in bytes and with shared pages
// divided among those who share them (PSS), and counts them.
func childMemory(pid int) (size int64, count int, ok bool) {
	all, ok := descendants(pid)
	for _, p := range all {
		n, found := kilobytes("/proc/"+strconv.Itoa(p.pid)+"/smaps_rollup", "Pss:")
		if found {
			size += n
			count++
		}
	}
	return size, count, ok
}

func hasChildren(pid int) bool {
	all, _ := descendants(pid)
	return len(all) > 0
}

// clockTick is the unit of CPU times in /proc, the same on all that Go runs on.
const clockTick = 10 * time.Millisecond

// treeCPU is the CPU time of a process and all its descendants, those included
// that have ended and were waited for.
func treeCPU(pid int) (time.Duration, bool) {
	root, err := readStat(pid)
	all, ok := descendants(pid)
	if err != nil || !ok {
		return 0, false
	}
	ticks := root.ticks
	for _, p := range all {
		ticks += p.ticks
	}
	return time.Duration(ticks) * clockTick, true
}

// stat is what is needed of /proc/PID/stat.
type stat struct {
	pid, parent int
	ticks       int64 // own ones and those of children that were waited for
}

func readStat(pid int) (stat, error) {
	data, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return stat{}, err
	}
	// The name, in parentheses, can hold anything. Behind it comes field 3.
	fields := strings.Fields(string(data[strings.LastIndexByte(string(data), ')')+1:]))
	if len(fields) < 15 {
		return stat{}, os.ErrInvalid
	}
	s := stat{pid: pid}
	s.parent, _ = strconv.Atoi(fields[1])
	for _, field := range fields[11:15] { // utime, stime, cutime, cstime
		n, _ := strconv.ParseInt(field, 10, 64)
		s.ticks += n
	}
	return s, nil
}

func descendants(pid int) ([]stat, bool) {
	dirs, err := filepath.Glob("/proc/[0-9]*")
	if err != nil || len(dirs) == 0 {
		return nil, false
	}
	children := map[int][]stat{}
	for _, dir := range dirs {
		n, _ := strconv.Atoi(filepath.Base(dir))
		if s, err := readStat(n); err == nil { // else it has just ended
			children[s.parent] = append(children[s.parent], s)
		}
	}
	all := children[pid]
	for i := 0; i < len(all); i++ {
		all = append(all, children[all[i].pid]...)
	}
	return all, true
}

// kilobytes reads a line such as "VmRSS:   1234 kB", in bytes.
func kilobytes(path, label string) (int64, bool) {
	data, err := os.ReadFile(path)
	if err != nil {
		return 0, false
	}
	for line := range strings.Lines(string(data)) {
		if rest, ok := strings.CutPrefix(line, label); ok {
			n, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
			return n << 10, err == nil
		}
	}
	return 0, false
}
