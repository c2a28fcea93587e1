// Package setup makes the configurations that client programs need to use the
// proxy, and has OpenClaw take its own and give it up again.
//
//	OpenClaw.PlanSetUp ─► Plan ─ shown, confirmed ─► Apply ─► openclaw config patch
//	OpenClaw.PlanUndo  ─► Plan ─ shown, confirmed ─► Apply ─► the backup, or patches
//
// A set-up changes three values of OpenClaw's: the provider claude-proxy,
// models.mode, and the agents' primary model. Before the first one the file is
// copied; a [record] beside it says where to, and undo goes back to that copy.
package setup
