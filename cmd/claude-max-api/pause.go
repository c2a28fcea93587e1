package main

import (
	"bufio"
	"fmt"
	"os"
)

// pauseFlag is for commands that the menu opens a terminal window for: the window is
// to stay until its words are read.
type pauseFlag struct {
	Pause bool `hidden:"" help:"Wait for Enter at the end."`
}

// pause shows the error itself, because the window closes with the program.
func (p pauseFlag) pause(c console, err *error) {
	if !p.Pause {
		return
	}
	if *err != nil {
		fmt.Fprintln(c.err, "claude-max-api:", *err)
		*err = errTold
	}
	fmt.Fprint(c.out, "\nPress Enter to close this window. ")
	_, _ = bufio.NewReader(os.Stdin).ReadString('\n') // or the window was closed
}
