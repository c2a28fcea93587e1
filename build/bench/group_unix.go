//go:build unix

package main

import (
	"os"
	"os/exec"
	"syscall"
	"time"
)

func ownGroup(c *exec.Cmd) { c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// terminateGroup asks; errors, here and below, mean that nobody of the group is left.
func terminateGroup(p *os.Process) { _ = syscall.Kill(-p.Pid, syscall.SIGTERM) }

// killGroup returns when the group is gone, so that nobody writes into a folder
// any more that is about to be deleted. Where nothing reaps orphans their zombies
// stay; hence the limit.
func killGroup(p *os.Process) {
	for range 100 {
		if syscall.Kill(-p.Pid, syscall.SIGKILL) != nil {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
}
