package terminal

import (
	"context"
	"errors"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestNothingOrAProgramThatIsNotThereCannotBeRun(t *testing.T) {
	assert.ErrorContains(t, Open(t.Context(), nil), "no command")

	err := Open(t.Context(), []string{"no-such-program-anywhere", "login"})
	assert.ErrorIs(t, err, exec.ErrNotFound)
	assert.ErrorContains(t, err, "no-such-program-anywhere cannot be run in a terminal")
	var none *NoneError
	assert.False(t, errors.As(err, &none), "it cannot be run by hand either")
}

func TestTheErrorSaysWhatToType(t *testing.T) {
	err := &NoneError{Command: "claude auth login", Err: context.DeadlineExceeded}
	assert.Equal(t, "No terminal window could be opened: context deadline exceeded. "+
		"Open a terminal yourself and run: claude auth login", err.Error())
	assert.ErrorIs(t, err, context.DeadlineExceeded)
}
