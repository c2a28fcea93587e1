// Package setup makes the configurations that client programs need to use the
// proxy, and has some of them take theirs and give it up again.
//
//	Recipe.Text         a [Recipe] as text, with this proxy's base URL
//	File.PlanSetUp      ─► Plan ─ shown ─────────────► Apply ─► text put into a file
//	File.PlanUndo       ─► Plan ─ shown, confirmed ─► Apply ─► the backup
//	OpenClaw.PlanSetUp  ─► Plan ─ shown, confirmed ─► Apply ─► openclaw config patch
//	OpenClaw.PlanUndo   ─► Plan ─ shown, confirmed ─► Apply ─► the backup, or patches
//
// Before the first set-up the file is copied; a [record] beside it says where to, and
// undo goes back to that copy.
//
// A [File] is opencode's configuration, or a profile of codex's. It is never written
// anew by an encoder, which would lose comments: text is put in at one place, and what
// the file means afterwards must be what it meant before, and the proxy.
//
// A set-up of OpenClaw's changes three values: the provider claude-proxy, models.mode,
// and the agents' primary model.
package setup
