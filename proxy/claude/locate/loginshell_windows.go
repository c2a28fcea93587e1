package locate

import (
	"context"
	"errors"
)

// LoginPATH is not needed on Windows: every program gets the PATH of the registry.
func LoginPATH(context.Context, string) (string, error) {
	return "", errors.New("there is no login shell on Windows")
}
