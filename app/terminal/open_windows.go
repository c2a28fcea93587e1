package terminal

import (
	"context"
	"os"
	"unsafe"

	"golang.org/x/sys/windows"
)

// open gives argv a new console. os/exec would do, but it always passes handles for
// input and output, and the program would be deaf and mute in its window.
func open(ctx context.Context, argv []string) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	program, err := windows.UTF16PtrFromString(argv[0])
	if err != nil {
		return err
	}
	line, err := windows.UTF16PtrFromString(CommandLine(argv))
	if err != nil {
		return err
	}
	var dir *uint16 // nil: where we are
	if home, err := os.UserHomeDir(); err == nil {
		if dir, err = windows.UTF16PtrFromString(home); err != nil {
			return err
		}
	}
	startup := windows.StartupInfo{}
	startup.Cb = uint32(unsafe.Sizeof(startup))
	var started windows.ProcessInformation
	err = windows.CreateProcess(program, line, nil, nil, false, windows.CREATE_NEW_CONSOLE, nil, dir, &startup, &started)
	if err != nil {
		return err
	}
	_ = windows.CloseHandle(started.Thread)
	_ = windows.CloseHandle(started.Process)
	return nil
}
