//go:build unix

package process

import "syscall"

// ebadarch is macOS's EBADARCH; no other system uses the number for what exec says.
const ebadarch = syscall.Errno(86)

var systemCauses = []cause{
	{[]error{syscall.ENOEXEC, ebadarch}, "it is not a program for this system and processor", reinstall},
	{[]error{syscall.ETXTBSY}, "it is being written, as by an update", "Try again in a moment."},
}
