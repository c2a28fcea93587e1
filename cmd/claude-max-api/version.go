package main

import (
	"fmt"
	"runtime"
)

type versionCommand struct{}

func (versionCommand) Run(c console) error {
	fmt.Fprintln(c.out, versionLine())
	return nil
}

func versionLine() string {
	return fmt.Sprintf("claude-max-api %s (%s, %s/%s)", versionText(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
}
