package process

import "golang.org/x/sys/windows"

var systemCauses = []cause{
	{
		[]error{windows.ERROR_BAD_EXE_FORMAT, windows.ERROR_EXE_MACHINE_TYPE_MISMATCH},
		"it is not a program for this system and processor", reinstall,
	},
	{[]error{windows.ERROR_SHARING_VIOLATION}, "it is in use, as by an update", "Try again in a moment."},
	{
		[]error{windows.ERROR_VIRUS_INFECTED, windows.ERROR_ACCESS_DISABLED_BY_POLICY},
		"security software or a policy blocks it", "Allow the program there.",
	},
	{
		[]error{windows.ERROR_NOT_ENOUGH_MEMORY, windows.ERROR_COMMITMENT_LIMIT, windows.ERROR_NO_SYSTEM_RESOURCES},
		"the system has no room for another process",
		"Close other programs, or lower the number of CLI processes.",
	},
}
