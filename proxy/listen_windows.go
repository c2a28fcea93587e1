package proxy

import (
	"errors"

	"golang.org/x/sys/windows"
)

// InUse says whether an error of [Listen] means that another program has the port.
func InUse(err error) bool { return errors.Is(err, windows.WSAEADDRINUSE) }
