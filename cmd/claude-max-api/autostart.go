package main

import (
	"errors"
	"fmt"
)

type autostartCommand struct {
	Switch string `arg:"" enum:"on,off,status" default:"status" help:"on, off or status."`
}

// Run changes or shows whether the app starts at login. It tells what the system
// says afterwards, not what was asked for.
func (cmd autostartCommand) Run(f *flags, c console) error {
	entry, ok := f.loginEntry()
	if !ok {
		return errors.New("the path of this program is not known")
	}
	var err error
	switch cmd.Switch {
	case "on":
		err = entry.Enable()
	case "off":
		err = entry.Disable()
	}
	if err != nil {
		return err
	}
	on, err := entry.Enabled()
	if err != nil {
		return err
	}
	if on {
		fmt.Fprintln(c.out, "Launch at login is on.")
	} else {
		fmt.Fprintln(c.out, "Launch at login is off.")
	}
	return nil
}
