// Package attacker lets a real browser loose on the built proxy. A local port is
// open to every web page that the user visits, so hostile pages try in Chromium all
// ways that a page has to send a request: at the proxy, and at the loopback server
// by which other commands reach the app.
//
//	hostile page, any origin ──┐ page/attempts.js            log: what arrived, and its status
//	rebound name, same origin ─┼─► Chromium ──► claude-max-api serve ──► claude ──► offline.Server
//	allowed page: the control ─┘      │                                     its journal: what was spent
//	         ▲                        │
//	         └── what the page saw ◄──┘ POST /saw, after each attempt
//
// After each attempt the page tells its own server what it saw; only once the
// requests that the attempt makes have shown up in the proxy's log, the next one
// begins. Pages that may use the proxy run the same script and get through: so the
// test would notice if nothing were tried at all.
//
// docs/attacks.md is the record; the test holds that it is true, and writes it with
// -update.
package attacker
