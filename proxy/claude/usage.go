package claude

import (
	"maps"
	"slices"
	"strings"
	"time"

	"claude-max-api-proxy/proxy/claude/streamjson"
	"claude-max-api-proxy/proxy/conversation"
)

// windows are the plan's usage windows by the CLI's names for them, as last told.
type windows map[string]conversation.Window

// limits notes what a process that is started now tells about usage. Once somebody has signed
// in, that may be the usage of another account.
func (d *Driver) limits() func(streamjson.RateLimit) {
	had := d.loginNow()
	return func(l streamjson.RateLimit) {
		if d.loginNow().logins == had.logins {
			d.limited(l)
		}
	}
}

// limited notes what the CLI tells about usage. It does so only on a subscription.
func (d *Driver) limited(l streamjson.RateLimit) {
	d.mu.Lock()
	if d.windows == nil {
		d.windows = windows{}
	}
	for kind, w := range l.All {
		d.windows.note(kind, w.Utilization, w.ResetsAt, w.Status == rejected && !l.IsUsingOverage)
	}
	// This one comes last: it is what the request was judged by. One without a
	// name is no window but a plain limit on the rate of requests.
	if l.RateLimitType != "" {
		d.windows.note(l.RateLimitType, l.Utilization, l.ResetsAt, usedUp(l))
	}
	d.mu.Unlock()
	d.config.Changed()
}

// rejected is the status of a window that is used up, and of every request with a 429.
const rejected = "rejected"

// usedUp says that the window which a request was judged by is: not only the rate of requests, nor
// while extra usage pays.
func usedUp(l streamjson.RateLimit) bool {
	own := l.All[l.RateLimitType].Status
	return l.Status == rejected && l.RateLimitType != "" && !l.IsUsingOverage && (own == "" || own == rejected)
}

func (ws windows) note(kind string, used *float64, resetsAt int64, reached bool) {
	w := ws[kind]
	w.Name, w.Reached = windowTitle(kind), reached
	if resetsAt > 0 {
		reset := time.Unix(resetsAt, 0)
		if !reset.Equal(w.ResetsAt) {
			w.Used = nil // a new window has begun
		}
		w.ResetsAt = reset
	}
	if used != nil {
		w.Used = used
	}
	ws[kind] = w
}

// passed says that a model has answered: what was used up is so no more, but for windows of
// other models.
func (ws windows) passed(model string, listed []listedModel) (changed bool) {
	for kind, w := range ws {
		if of := modelOf(kind, listed); w.Reached && strings.Contains(model, of) {
			w.Reached, changed = false, true
			ws[kind] = w
		}
	}
	return changed
}

// list gives the windows as they are at that time.
func (ws windows) list(now time.Time) []conversation.Window {
	var all []conversation.Window
	for _, kind := range slices.Sorted(maps.Keys(ws)) {
		w := ws[kind]
		if !w.ResetsAt.IsZero() && !now.Before(w.ResetsAt) {
			w = conversation.Window{Name: w.Name} // another one has begun, of which nobody has told
		}
		all = append(all, w)
	}
	return all
}

// modelOf is the model that a window is for: "opus" of "seven_day_opus"; "" for all. Not all that
// windows are called after are models.
func modelOf(kind string, listed []listedModel) string {
	rest := afterSpan(kind)
	isOne := func(m listedModel) bool {
		return strings.Contains(m.ResolvedModel, rest) || strings.Contains(m.Value, rest)
	}
	if isFamily := slices.ContainsFunc(aliases, func(a alias) bool { return a.family == rest }); isFamily || slices.ContainsFunc(listed, isOne) {
		return rest
	}
	return ""
}

// afterSpan is what a window's name has behind its length.
func afterSpan(kind string) string {
	for _, span := range []string{"five_hour", "seven_day"} {
		if rest, ok := strings.CutPrefix(kind, span+"_"); ok {
			return rest
		}
	}
	return ""
}

// windowTitle makes "7-day opus" of the CLI's "seven_day_opus".
func windowTitle(kind string) string {
	for from, to := range map[string]string{"five_hour": "5-hour", "seven_day": "7-day"} {
		if rest, ok := strings.CutPrefix(kind, from); ok {
			return to + strings.ReplaceAll(rest, "_", " ")
		}
	}
	return strings.ReplaceAll(kind, "_", " ")
}
