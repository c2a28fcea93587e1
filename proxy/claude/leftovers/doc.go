// Package leftovers removes what a killed CLI process leaves on the user's disk, and
// nothing else.
//
// A CLI that ends by itself takes along what it keeps of its running processes. One that
// is ended with SIGKILL, the only signal after which it is sure not to ask upstream again,
// cannot:
//
//	<config dir>/sessions/<pid>.json         who runs where, and the path of the socket
//	<config dir>/sessions/<pid>.<hash>.key   the socket's key, named by the path's SHA-256
//	<runtime dir>/cc-socks/<pid>.sock        the socket (Windows: a pipe, which ends itself)
//	<cache>/claude-cli-nodejs/<slug>/        a log for each process that was offered tools,
//	                                         which stays however it ends
//
// Whose they are is told by the working directory, which no other process in the world
// has: that of the household, <runs>/<instance>/work.
//
//	a process has ended ──► Ended(pid)  record, key and socket, if pid and directory are ours,
//	                                    and logs to which nobody has written for long
//	the driver closes ────► Closed()    the folder of logs
//	the app starts ───────► Crashed()   all of these, of instances that are no more
//
// What cannot be read, is no plain file, or belongs to somebody else stays where it is.
// Failures matter to nobody: the log has one line, at debug level, for each kind.
//
// None of this is documented by Anthropic. The paths are as CLI 2.1.330 forms them;
// 2.1.197 has the record and the logs only.
//
// There are no goroutines. All methods may be called at the same time.
package leftovers
