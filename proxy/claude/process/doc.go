// Package process starts child processes and makes sure that none of them
// outlives the app, however the app ends.
//
//	Open(base) ──► Household ──Start(Spec)──► Process
//	                 │                          │ Stdin  Stdout  StderrTail
//	                 │                          │ Stop: close stdin, wait, SIGTERM,
//	                 │                          │       wait, SIGKILL
//	                 │                          └ Kill: SIGKILL at once
//	                 └─ Close: Stop for all of them
//
//	<base>/lock                   held while an instance is made or swept
//	<base>/<pid>-<random>/lock    held for the life of the instance
//	                     /work/   empty; the children's working directory
//	                     /pipes/  named pipes that children read
//	                     /children/<pid>   one line: which process that is
//
// # How a child ends with the app
//
// Every child leads a process group of its own (on Windows: a job), and ending it
// means ending the whole group: what a child started may hold its pipes.
//
//   - The app closes the [Household]: the ladder of [Process.Stop], all at once.
//   - The app is killed, Linux: the kernel kills the children (Pdeathsig). That
//     signal is tied to the thread that forked, so one goroutine, locked to its
//     thread for the household's life, does all starts.
//   - The app is killed, Windows: the last handle of the job goes away, and with it
//     all processes in the job.
//   - The app is killed, macOS: the CLI ends by itself at the end of its stdin. If it
//     does not, the next Open sweeps it, as it does on Linux with what the
//     children left: it takes instances whose lock is free and kills their recorded
//     groups where pid and start time still agree, never by pid alone.
//
// A process that makes a session of its own leaves the group. It cannot keep a
// Process from ending or its Stdout from reaching the end, and on Linux the next
// Open finds it by a variable in its environment; otherwise it is free.
//
// # Order at the end of a process
//
// A pid, and with it the number of the group, may be given to a stranger as soon as
// the process was reaped. So the end is noticed without reaping (waitid with
// WNOWAIT, or kqueue), then the rest of the group is killed, and only then the
// process is reaped. Signals and the reaping exclude each other by a mutex.
//
// # Goroutines and concurrency
//
// The household owns the starting goroutine. Each process owns two: one waits for
// its end, one reads its stderr; both have ended when [Process.Done] is closed,
// and all of them when [Household.Close] returns nil. All methods may be called
// from any goroutine, any number of times; only Stdout has one reader at a time.
package process
