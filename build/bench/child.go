package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// stopLimit is how long a child that was asked to stop may take.
const stopLimit = 10 * time.Second

// child is a program in a process group of its own, so that Ctrl-C reaches us
// alone and stop reaches all that it has started.
type child struct {
	command *exec.Cmd
	log     string
	done    chan struct{} // closed when it has ended
}

// startChild runs a command line in dir, with its output in a file there.
func startChild(line, env []string, dir string) (*child, error) {
	c := &child{
		command: exec.Command(line[0], line[1:]...),
		log:     filepath.Join(dir, "output.log"),
		done:    make(chan struct{}),
	}
	log, err := os.Create(c.log)
	if err != nil {
		return nil, err
	}
	defer func() { _ = log.Close() }() // the child has its own
	c.command.Env, c.command.Dir = env, dir
	c.command.Stdout, c.command.Stderr = log, log
	ownGroup(c.command)
	if err := c.command.Start(); err != nil {
		return nil, err
	}
	go func() {
		_ = c.command.Wait() // how it ends is of no interest
		close(c.done)
	}()
	return c, nil
}

func (c *child) pid() int { return c.command.Process.Pid }

// stop ends the child and its group, politely first if that is of use, and
// returns when the child is gone.
func (c *child) stop(polite bool) {
	if polite {
		terminateGroup(c.command.Process)
		select {
		case <-c.done:
		case <-time.After(stopLimit):
		}
	}
	killGroup(c.command.Process)
	<-c.done
}

// lastWords is the end of what it printed.
func (c *child) lastWords() string {
	data, err := os.ReadFile(c.log)
	if err != nil {
		return err.Error()
	}
	return strings.TrimSpace(string(data[max(0, len(data)-500):]))
}
