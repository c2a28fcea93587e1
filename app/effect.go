package app

import "claude-max-api-proxy/app/settings"

// Effect is something for the controller to do. The concrete types are those of
// this file.
type Effect interface{ effect() }

// startRun starts a run, which says Started and Ended, or only Ended.
type startRun struct {
	run      int
	settings settings.Settings
}

// stopRun tells a run to end; Ended follows.
type stopRun struct{ run int }

// recheck has a run look again at everything that it remembers: CLI, login,
// warm processes, its own port. newLogin says that there may be another login.
type recheck struct {
	run      int
	newLogin bool
}

// usePort makes a port the setting.
type usePort struct{ port int }

// copyBaseURL puts the URL on the clipboard.
type copyBaseURL struct{ url string }

// copyOpenClawConfig puts a configuration for OpenClaw on the clipboard.
type copyOpenClawConfig struct{ url string }

// toggleLaunchAtLogin and toggleNotifications turn over what holds when their turn has
// come: several clicks may be on their way.
type toggleLaunchAtLogin struct{}

type toggleNotifications struct{}

// errand is an action that does not depend on the state.
type errand struct{ action Action }

// leave ends the controller.
type leave struct{}

func (startRun) effect()            {}
func (stopRun) effect()             {}
func (recheck) effect()             {}
func (usePort) effect()             {}
func (copyBaseURL) effect()         {}
func (copyOpenClawConfig) effect()  {}
func (toggleLaunchAtLogin) effect() {}
func (toggleNotifications) effect() {}
func (errand) effect()              {}
func (leave) effect()               {}
