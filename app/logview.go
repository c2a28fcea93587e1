package app

import "log/slog"

// LogView writes what happens to the app into a log: the view of an app without a
// display. The log of the proxy itself is richer; this tells what a person would see.
type LogView struct {
	Log *slog.Logger
	// FailureIsReturned leaves out that the proxy failed: the command ends with it.
	FailureIsReturned bool
}

// Changed implements [View].
func (v LogView) Changed(before, after State) {
	if before.Phase != after.Phase && (before.Phase != "" || after.Phase != Stopped) {
		switch t := after.Trouble; {
		case after.Phase == Failed && v.FailureIsReturned:
		case after.Phase == Failed:
			v.Log.Error("the proxy does not run", "cause", t.Error())
		case after.Phase == Attention:
			v.Log.Warn("the proxy needs attention", "cause", t.Error())
		case after.Phase.Serving():
			v.Log.Info("the proxy is running", "base_url", after.BaseURL)
		default:
			v.Log.Info("the proxy is " + string(after.Phase))
		}
	}
	if after.SettingsProblem != "" && before.SettingsProblem != after.SettingsProblem {
		v.Log.Warn("the settings in force stay", "cause", after.SettingsProblem)
	}
}
