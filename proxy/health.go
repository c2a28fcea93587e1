package proxy

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"claude-max-api-proxy/proxy/conversation"
)

// Health is the body of GET /health. Making it asks nobody.
type Health struct {
	// Status is "ok", or "attention" when a person has to do something before
	// requests can be answered; Problem then says what.
	Status  string `json:"status"`
	Problem string `json:"problem,omitempty"`
	// Name tells this proxy from other programs on the same port.
	Name          string          `json:"name"`
	Version       string          `json:"version"`
	UptimeSeconds int64           `json:"uptime_seconds"`
	CLI           HealthCLI       `json:"cli"`
	SignIn        HealthSignIn    `json:"sign_in"`
	UsageWindows  []HealthWindow  `json:"usage_windows"`
	Processes     HealthProcesses `json:"processes"`
	Requests      HealthRequests  `json:"requests"`
}

// Name is what the proxy calls itself in /health.
const Name = "claude-max-api"

// HealthCLI says which CLI answers; both fields are null while there is none.
type HealthCLI struct {
	Path    *string `json:"path"`
	Version *string `json:"version"`
}

// HealthSignIn is the login as last seen.
type HealthSignIn struct {
	State  conversation.SignIn `json:"state"` // "signed_in", "signed_out", "unknown"
	SeenAt *time.Time          `json:"seen_at"`
}

// HealthWindow is one usage window of the plan, as upstream told with the last answer.
type HealthWindow struct {
	Name     string     `json:"name"`      // as "5-hour"
	Used     *float64   `json:"used"`      // 0 to 1, null when unknown
	ResetsAt *time.Time `json:"resets_at"` // null when unknown
	Reached  bool       `json:"reached"`
}

// HealthProcesses counts CLI processes.
type HealthProcesses struct {
	Starting int `json:"starting"`
	Warm     int `json:"warm"`
	Busy     int `json:"busy"`
	Idle     int `json:"idle"`
	Max      int `json:"max"`
	Queued   int `json:"queued_requests"`
}

// HealthRequests counts requests for an answer since the start.
type HealthRequests struct {
	Total  int64 `json:"total"`
	Failed int64 `json:"failed"`
}

// health serves GET /health. Without the API key, where one is set, it tells
// only that the proxy is there.
func (s *Server) health(w http.ResponseWriter, r *http.Request) {
	h := s.Health()
	var body []byte
	if s.guard.admits(r) {
		body, _ = json.MarshalIndent(h, "", "  ") // plain fields: cannot fail
	} else {
		body, _ = json.Marshal(map[string]string{"status": h.Status, "name": h.Name})
	}
	w.(*exchange).body(http.StatusOK, append(body, '\n'))
}

// Health tells how the proxy is doing.
func (s *Server) Health() Health {
	b := s.config.Backend.Status()
	h := Health{
		Status: "ok", Name: Name, Version: s.config.Version,
		UptimeSeconds: int64(time.Since(s.started).Seconds()),
		CLI:           HealthCLI{Path: orNull(b.CLIPath), Version: orNull(b.CLIVersion)},
		SignIn:        HealthSignIn{State: b.SignIn},
		Processes: HealthProcesses{
			Starting: b.Processes.Starting, Warm: b.Processes.Warm, Busy: b.Processes.Busy,
			Idle: b.Processes.Idle, Max: b.Processes.Max, Queued: b.Processes.Queued,
		},
		Requests: HealthRequests{Total: s.total.Load(), Failed: s.failed.Load()},
	}
	h.UsageWindows = []HealthWindow{}
	for _, w := range b.Windows {
		window := HealthWindow{Name: w.Name, Used: w.Used, Reached: w.Reached}
		if !w.ResetsAt.IsZero() {
			window.ResetsAt = &w.ResetsAt
		}
		h.UsageWindows = append(h.UsageWindows, window)
	}
	if !b.SignInAt.IsZero() {
		h.SignIn.SeenAt = &b.SignInAt
	}
	switch {
	case b.Problem != nil:
		h.Status, h.Problem = "attention", b.Problem.Error()
	case b.SignIn == conversation.SignedOut:
		h.Status = "attention"
		h.Problem = "Claude Code is not signed in. Run `claude auth login` in a terminal."
	default:
		for _, w := range b.Windows {
			if w.Reached {
				h.Status = "attention"
				h.Problem = fmt.Sprintf("The plan's %s limit is reached; requests that count for it are refused until it resets.", w.Name)
			}
		}
	}
	return h
}

func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
