package control

import (
	"time"

	"claude-max-api-proxy/app"
)

// State is what other commands get to know of the app. It holds no key.
type State struct {
	Phase           app.Phase `json:"phase"`
	BaseURL         string    `json:"base_url,omitempty"`
	Trouble         *Trouble  `json:"trouble,omitempty"` // in attention and failed
	CLIPath         string    `json:"cli_path,omitempty"`
	CLIVersion      string    `json:"cli_version,omitempty"`
	SignIn          string    `json:"sign_in"` // "signed_in", "signed_out", "unknown"
	Windows         []Window  `json:"usage_windows"`
	Requests        int64     `json:"requests"`
	Failed          int64     `json:"failed"`
	LastFailure     string    `json:"last_failure,omitempty"`
	LaunchAtLogin   string    `json:"launch_at_login"` // "on", "off", "unavailable"
	Notifications   bool      `json:"notifications"`
	SettingsProblem string    `json:"settings_problem,omitempty"`
}

// Trouble is why requests cannot be answered.
type Trouble struct {
	Kind     app.TroubleKind `json:"kind"`
	Message  string          `json:"message"`
	Hint     string          `json:"hint,omitempty"`
	FreePort int             `json:"free_port,omitempty"`
	Until    *time.Time      `json:"until,omitempty"`
}

// Window is a usage window of the plan.
type Window struct {
	Name     string     `json:"name"`
	Used     *float64   `json:"used"` // 0 to 1; null when unknown
	ResetsAt *time.Time `json:"resets_at"`
	Reached  bool       `json:"reached"`
}

func stateOf(s app.State) State {
	o := State{
		Phase: s.Phase, BaseURL: s.BaseURL,
		CLIPath: s.Health.CLIPath, CLIVersion: s.Health.CLIVersion,
		SignIn: "unknown", Windows: []Window{},
		Requests: s.Health.Requests, Failed: s.Health.Failed, LastFailure: s.LastFailure.Message,
		LaunchAtLogin: "unavailable", Notifications: s.Settings.Notifications,
		SettingsProblem: s.SettingsProblem,
	}
	if s.Health.SignIn != app.SignInUnknown {
		o.SignIn = string(s.Health.SignIn)
	}
	if s.LaunchAtLogin != app.Unavailable {
		o.LaunchAtLogin = string(s.LaunchAtLogin)
	}
	if t := s.Trouble; t != nil {
		o.Trouble = &Trouble{Kind: t.Kind, Message: t.Message, Hint: t.Hint, FreePort: t.FreePort, Until: known(t.Until)}
	}
	for _, w := range s.Health.Windows {
		shown := Window{Name: w.Name, ResetsAt: known(w.ResetsAt), Reached: w.Reached}
		if w.Used >= 0 {
			shown.Used = &w.Used
		}
		o.Windows = append(o.Windows, shown)
	}
	return o
}

func known(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
