package autostart

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// The library reads the environment before any test could set it, so the test
// binary starts itself again with a home of its own. These variables tell the
// second run that it is one, what it shall do instead of the tests, and the first
// one's home, which the go command needs for its caches.
const (
	againVariable = "AUTOSTART_TEST_AGAIN"
	roleVariable  = "AUTOSTART_TEST_ROLE"
	homeVariable  = "AUTOSTART_TEST_HOME"
)

func TestMain(m *testing.M) {
	// The tests' own files are in temporary places.
	temporaryPlaces = func() []string { return nil }
	switch {
	case os.Getenv(roleVariable) != "":
		os.Exit(play(os.Getenv(roleVariable)))
	case os.Getenv(againVariable) != "":
		os.Exit(m.Run())
	}
	os.Exit(again())
}

// again runs the tests in a private home.
func again() int {
	home, err := os.MkdirTemp("", "autostart-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(home) }()
	self, err := os.Executable()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	cmd := exec.Command(self, os.Args[1:]...)
	cmd.Env = append(os.Environ(), againVariable+"=1", homeVariable+"="+os.Getenv("HOME"),
		"HOME="+home, "XDG_CONFIG_HOME="+filepath.Join(home, "config"))
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// play is a program that switches launch at login on and says where that went.
func play(program string) int {
	e := Entry{ID: "autostart-test", Name: "Test", Executable: program}
	if err := e.Enable(); err != nil {
		fmt.Println(err)
		return 1
	}
	fmt.Println(e.place())
	return 0
}
