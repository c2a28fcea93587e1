// Package conformance drives the built proxy with real clients, in front of the real
// Claude Code CLI and the offline model: SDKs as their users install them, and agents.
//
//	node/CLIENT/FEATURE.mjs ─┐                         what arrived upstream
//	goclients/CLIENT/FEATURE ┼► claude-max-api ► claude ► offline.Server
//	codex, opencode, … ──────┘                            │
//	       └─ what the client saw, what an agent did      │
//	             └───────────────► features, errands ◄────┘
//
// A scenario is one small program of one client for one feature. It asks what the
// test tells it to ($QUESTION and $SYSTEM, at $BASE_URL with $API_KEY), prints as one line of
// JSON what its user saw, and lives until its stdin ends. Both sides of it are
// checked by its feature, in the same way for every client and API. A new scenario is
// a file with a feature's name in a client's folder; a new client is a folder and a
// line in clients_test.go. Where a client's programs are the same for two APIs, they
// are one file, and $API says which it is.
//
// An agent is a program with tools of its own. It has a home of its own, where `claude-max-api
// setup` writes its configuration and takes it back, and the errands of tasks_test.go, which
// the model does with the agent's own tools; then the files must be there, and upstream must
// have heard all of it. It may ask nobody but the proxy, and leaves no process behind. A new
// agent is a file and a line in agents_test.go.
//
// The table of all that passes is docs/compatibility.md; `make conformance` writes
// it, with both CLIs. The plain tests hold that it has every client and scenario, and try
// each client with one of the CLIs.
//
// Nothing of the product imports what is in here. The clients' versions are pinned
// in package.json, in agents/package.json and in goclients/go.mod, a module of its own;
// OpenClaw's is in the Makefile.
package conformance
