package process

import (
	"os"
	"strconv"
)

// Exit is how a process ended.
type Exit struct {
	// Code is the exit status; -1 when a signal ended the process.
	Code int
	// Signal is the name of that signal, as "SIGKILL"; empty otherwise and on Windows.
	Signal string
	// Asked means that Stop, Kill or Close had been called.
	Asked bool
}

// String reads as part of a sentence: "it ended with exit status 1".
func (e Exit) String() string {
	s := "exit status " + strconv.Itoa(e.Code)
	if e.Signal != "" {
		s = "signal " + e.Signal
	}
	if e.Asked {
		s += " after it was told to stop"
	}
	return s
}

func exitOf(state *os.ProcessState) Exit {
	if state == nil {
		return Exit{Code: -1}
	}
	return Exit{Code: state.ExitCode(), Signal: signalName(state)}
}
