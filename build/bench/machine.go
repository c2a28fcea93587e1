package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"
)

// machine says where the figures come from: without it they mean nothing.
type machine struct {
	System string `json:"system"`
	CPU    string `json:"cpu"`
	Cores  int    `json:"cores"`
	Memory int64  `json:"memory_bytes"` // 0 when unknown
}

func thisMachine() machine {
	m := machine{System: runtime.GOOS + "/" + runtime.GOARCH, CPU: "unknown CPU", Cores: runtime.NumCPU()}
	if info, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(info)) {
			if label, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(label) == "model name" {
				m.CPU = strings.TrimSpace(value)
				break
			}
		}
	}
	m.Memory, _ = kilobytes("/proc/meminfo", "MemTotal:")
	return m
}

func (m machine) String() string {
	memory := "n/a"
	if m.Memory > 0 {
		memory = fmt.Sprintf("%.0f GB", float64(m.Memory)/1e9)
	}
	return fmt.Sprintf("%s, %s, %d cores, %s of memory", m.System, m.CPU, m.Cores, memory)
}
