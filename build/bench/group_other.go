//go:build !unix

package main

import (
	"os"
	"os/exec"
)

// Without process groups the child alone is killed: our proxy takes its CLI
// processes with it by itself.
func ownGroup(*exec.Cmd)           {}
func terminateGroup(p *os.Process) { _ = p.Kill() }
func killGroup(p *os.Process)      { _ = p.Kill() }
