//go:build !windows

package proxy

import (
	"errors"
	"syscall"
)

// InUse says whether an error of [Listen] means that another program has the port.
func InUse(err error) bool { return errors.Is(err, syscall.EADDRINUSE) }
