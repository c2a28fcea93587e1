package notify

import "claude-max-api-proxy/app"

// settings follows why the settings file is not in force.
func (p *policy) settings(after app.State, on bool) []news {
	problem := after.SettingsProblem
	switch {
	case problem == "":
		p.settingsTold = ""
	case on && problem != p.settingsTold:
		p.settingsTold = problem
		if t := after.Trouble; after.Phase == app.Failed && t != nil && t.Kind == app.BadSettings && t.Message == problem {
			return nil // that is the trouble, and told as such
		}
		return []news{{Notice: settingsProblem(after)}}
	}
	return nil
}

// cliSeen is the CLI that was last seen in this run. A new run may well have another
// one: it was started with other settings, or by a person who has just installed it.
type cliSeen struct{ path, version string }

// follow gives the news that a CLI was replaced behind a running proxy's back.
func (c *cliSeen) follow(after app.State) []news {
	if !after.Phase.Serving() {
		*c = cliSeen{}
		return nil
	}
	h := after.Health
	if h.CLIProblem != "" {
		return nil
	}
	was := *c
	if h.CLIPath != "" {
		c.path = h.CLIPath
	}
	if h.CLIVersion != "" {
		c.version = h.CLIVersion
	}
	switch {
	case was.version != "" && was.version != c.version:
		return []news{{Notice: cliUpdated(was.version, c.version)}}
	case was.path != "" && was.path != c.path:
		return []news{{Notice: cliMoved(c.path)}}
	}
	return nil
}
