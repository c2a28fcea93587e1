package process

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

// canTerminate says that there is a polite signal. A console program without a
// console cannot be sent one.
const canTerminate = false

// group is a job: its processes cannot leave it, and Windows ends all of them when
// its last handle is closed. Only we have one, so they end when the app does.
type group struct{ job windows.Handle }

// sysProcAttr starts the child suspended, so that it is in the job before it can
// start anything, and without a console window.
func sysProcAttr(bool) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{
		HideWindow:    true,
		CreationFlags: windows.CREATE_SUSPENDED | windows.CREATE_NO_WINDOW | windows.CREATE_NEW_PROCESS_GROUP,
	}
}

// newGroup puts the suspended child into a job and lets it run.
func newGroup(child *os.Process) (_ *group, err error) {
	job, err := windows.CreateJobObject(nil, nil)
	if err != nil {
		return nil, fmt.Errorf("making a job: %w", err)
	}
	defer func() {
		if err != nil {
			windows.CloseHandle(job)
		}
	}()
	info := windows.JOBOBJECT_EXTENDED_LIMIT_INFORMATION{}
	info.BasicLimitInformation.LimitFlags = windows.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE
	if _, err := windows.SetInformationJobObject(job, windows.JobObjectExtendedLimitInformation,
		uintptr(unsafe.Pointer(&info)), uint32(unsafe.Sizeof(info))); err != nil {
		return nil, fmt.Errorf("setting up a job: %w", err)
	}
	var assignErr error
	if err := child.WithHandle(func(h uintptr) {
		assignErr = windows.AssignProcessToJobObject(job, windows.Handle(h))
	}); err != nil {
		return nil, err
	}
	if assignErr != nil {
		return nil, fmt.Errorf("putting the process into a job: %w", assignErr)
	}
	if err := resume(uint32(child.Pid)); err != nil {
		return nil, fmt.Errorf("letting the process run: %w", err)
	}
	return &group{job}, nil
}

// resume starts the only thread of a suspended process. os.StartProcess keeps no
// handle of the thread, so it is looked up.
func resume(pid uint32) error {
	snapshot, err := windows.CreateToolhelp32Snapshot(windows.TH32CS_SNAPTHREAD, 0)
	if err != nil {
		return err
	}
	defer windows.CloseHandle(snapshot)
	entry := windows.ThreadEntry32{Size: uint32(unsafe.Sizeof(windows.ThreadEntry32{}))}
	for err = windows.Thread32First(snapshot, &entry); err == nil; err = windows.Thread32Next(snapshot, &entry) {
		if entry.OwnerProcessID != pid {
			continue
		}
		thread, err := windows.OpenThread(windows.THREAD_SUSPEND_RESUME, false, entry.ThreadID)
		if err != nil {
			return err
		}
		defer windows.CloseHandle(thread)
		_, err = windows.ResumeThread(thread)
		return err
	}
	return err
}

func (g *group) terminate() {}

func (g *group) kill() { _ = windows.TerminateJobObject(g.job, 1) }

// awaitEmpty has nothing to wait for: the processes of a terminated job run no
// more of their code.
func (g *group) awaitEmpty(time.Duration) {}

// close is called once, after the last signal.
func (g *group) close() { windows.CloseHandle(g.job) }

// awaitExit waits until the child has ended; its handle keeps its number ours.
func awaitExit(child *os.Process) bool {
	ok := false
	err := child.WithHandle(func(h uintptr) {
		event, err := windows.WaitForSingleObject(windows.Handle(h), windows.INFINITE)
		ok = err == nil && event == windows.WAIT_OBJECT_0
	})
	return err == nil && ok
}

// killLeftover has nothing to do: the job died with the app.
func killLeftover(int) {}

func signalName(*os.ProcessState) string { return "" }

// needed adds the variable without which most programs do not start.
func needed(env []string) []string {
	has := slices.ContainsFunc(env, func(kv string) bool {
		name, _, _ := strings.Cut(kv, "=")
		return strings.EqualFold(name, "SYSTEMROOT")
	})
	if !has {
		env = append(env, "SYSTEMROOT="+os.Getenv("SYSTEMROOT"))
	}
	return env
}

// isCommandScript: Windows would start these through cmd.exe, whose quoting rules
// let an argument run other commands.
func isCommandScript(path string) bool {
	ext := strings.ToLower(filepath.Ext(path))
	return ext == ".cmd" || ext == ".bat"
}
