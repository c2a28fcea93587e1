// Package conformance drives the built proxy with real clients: SDKs as their
// users install them, in front of the real Claude Code CLI and the offline model.
//
//	node/CLIENT/FEATURE.mjs ─┐                         what arrived upstream
//	goclients/CLIENT/FEATURE ┴► claude-max-api ► claude ► offline.Server
//	       └─ what the client saw                             │
//	             └───────────────► features_test.go ◄─────────┘
//
// A scenario is one small program of one client for one feature. It asks what the
// test tells it to ($QUESTION and $SYSTEM, at $BASE_URL), prints as one line of
// JSON what its user saw, and lives until its stdin ends. Both sides of it are
// checked by its feature, in the same way for every client. A new scenario is a
// file with a feature's name in a client's folder; a new client is a folder and a
// line in clients_test.go.
//
// The table of all that passes is docs/compatibility.md; `make conformance` writes
// it, and the plain tests hold that it is true.
//
// Nothing of the product imports what is in here. The clients' versions are pinned
// in package.json and in goclients/go.mod, a module of its own.
package conformance
