// Package locate finds the user's Claude Code CLI on disk.
//
// The app is started from a terminal, by launchd, or by a desktop session whose
// PATH knows neither ~/.local/bin nor Homebrew nor nvm, so PATH alone is not
// enough. [Find] looks in this order and takes the first file that can be run:
//
//	Config.Path ──► PATH ──► the login shell's PATH ──► well-known places
//	 "setting"      "PATH"      "login shell"            "well-known place"
//	                  │              │                         │
//	                  └──────────────┴───────────┬─────────────┘
//	                                             ▼
//	    inspect: exists? executable? right format and machine?
//	      npm placeholder ──► the native program in the platform package
//	      .cmd, .ps1 shim ──► the program, or node + script, behind it
//	      #! script       ──► is its interpreter on the PATH we would give?
//	                                             │
//	                                             ▼
//	                       Found{Path, Args, PATH, Source, Target, Identity}
//
// An explicit setting is never replaced by a search: when it cannot be used, the
// answer is an [*UnusableError] that says why. A search that finds nothing is a
// [*NotFoundError]. Whether the program found really is Claude Code, and which
// version, is for the caller to ask it: a file's name proves nothing.
//
// The login shell is asked only when PATH did not answer, because it runs the
// user's start-up files; callers that search repeatedly put a cache into
// [Config.LoginPATH].
//
// Everything here is a plain function of its arguments and the file system, safe
// for concurrent use. The only goroutine is the one that [LoginPATH] starts to
// read the shell's output; it has ended when LoginPATH returns. Config.GOOS,
// Config.Home and Config.Root let the rules for every system be tested on any.
package locate
