package apptest

import (
	"os"
	"os/exec"
	"testing"
	"time"
)

// Tool gives the path of a program that a test drives; see [Missing] for what happens without.
func Tool(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		Missing(t, name+" is not there: "+err.Error())
	}
	return path
}

// Missing ends a test that something is not there for: it is skipped, but fails in CI, where a
// missing dependency must not look like success.
func Missing(t testing.TB, what string) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatal(what)
	}
	t.Skip(what)
}

// Await polls what announces nothing, and fails the test when the limit has passed.
func Await(t testing.TB, limit time.Duration, what string, reached func() bool) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(limit); !reached(); <-tick.C {
		if time.Now().After(deadline) {
			t.Fatalf("waited %s in vain for %s", limit, what)
		}
	}
}
