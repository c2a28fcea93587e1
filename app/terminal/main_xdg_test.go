//go:build unix && !darwin

package terminal

import (
	"context"
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"
)

// openVariable makes the test binary an app that opens a window for that program
// and ends.
const openVariable = "TERMINAL_TEST_OPEN"

func TestMain(m *testing.M) {
	if program := os.Getenv(openVariable); program != "" {
		if err := Open(context.Background(), []string{program, "two words"}); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}
