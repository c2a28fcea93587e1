// Package instance makes sure that one app runs per user and settings file, and is
// how other commands of the program talk to it.
//
//	the app                      dir (0700)                another command
//	Acquire ──exclusive lock──►  lock
//	Serve ────────writes──────►  instance.json  ◄──reads── Find
//	   ▲                         pid, address, token          │
//	   └────────── HTTP on 127.0.0.1, Bearer token ◄───────── Client.Do
//
// The lock alone says whether an app runs: the system drops it with the process,
// however that ends. instance.json says only where the one that runs is reached;
// without the lock it is a leftover, which nobody believes.
//
// Requests go over TCP with a token, not over a Unix socket: that is one mechanism
// on three systems, and a socket's path may have 108 bytes at most (104 on macOS),
// which a home directory can exceed. The price is that every program of this
// machine, and every web page in its browser, can knock; guard.go has what keeps them
// out. The token is in instance.json and nowhere else: nothing here keeps, prints or
// logs it.
//
// On Windows modes mean nothing. The directory is below %LOCALAPPDATA%, which is
// the user's alone, and what is made there inherits that. A locked file cannot be read
// there by others, hence instance.json is a file of its own.
//
// [Instance.Serve] starts one goroutine, which [Instance.Close] waits for. An
// Instance and a [Client] may be used from any goroutine.
package instance
