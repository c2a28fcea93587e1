package main

import (
	"fmt"
	"slices"
	"time"
)

// metric is one line of the table.
type metric struct {
	key  string // in the JSON file
	name string
	unit string
	goal goal
}

// goal is what our figure should be; the zero value is none.
type goal struct {
	times float64 // at most the npm package's divided by this
	below float64 // less than this
}

// The metrics, in the order of the table.
var (
	startTime      = metric{"start_ms", "start to listening", "ms", goal{below: 100}}
	newText        = metric{"new_first_text_ms", "first text, new conversation", "ms", goal{times: 6}}
	systemText     = metric{"system_first_text_ms", "the same with a system prompt", "ms", goal{times: 6}}
	limitText      = metric{"limit_first_text_ms", "the same with max_tokens, too", "ms", goal{}}
	nextText       = metric{"next_first_text_ms", "first text, second turn", "ms", goal{times: 15}}
	longTime       = metric{"long_answer_ms", "whole answer of 300 deltas", "ms", goal{}}
	heldText       = metric{"held_first_text_ms", "tool round trip, held", "ms", goal{}}
	replayedText   = metric{"replayed_first_text_ms", "tool round trip, replayed", "ms", goal{}}
	keptText40     = metric{"turn_40_kept_first_text_ms", "turn 40, system prompt kept", "ms", goal{}}
	keptText200    = metric{"turn_200_kept_first_text_ms", "turn 200, system prompt kept", "ms", goal{}}
	changedText40  = metric{"turn_40_changed_first_text_ms", "turn 40, system prompt changed", "ms", goal{}}
	changedText200 = metric{"turn_200_changed_first_text_ms", "turn 200, system prompt changed", "ms", goal{}}
	partingText40  = metric{"turn_40_parting_first_text_ms", "turn 40, last words taken back", "ms", goal{}}
	upstream       = metric{"upstream_bytes", "sent upstream for “hi”", "bytes", goal{times: 20}}
	newCPU         = metric{"new_cpu_ms", "CPU time, new conversation and refill", "ms", goal{}}
	nextCPU        = metric{"next_cpu_ms", "CPU time, second turn", "ms", goal{}}
	startMemory    = metric{"start_rss_mb", "memory of the proxy, just started", "MB", goal{below: 30}}
	endMemory      = metric{"end_rss_mb", "the same at the end, idle", "MB", goal{below: 30}}
	busyCLIs       = metric{"busy_cli_pss_mb", "memory of all CLI processes, answering", "MB", goal{}}
	idleCLIs       = metric{"idle_cli_pss_mb", "the same, idle", "MB", goal{}}
	idleCount      = metric{"idle_clis", "CLI processes, idle", "", goal{}}

	metrics = []metric{
		startTime, newText, systemText, limitText, nextText, longTime,
		heldText, replayedText, keptText40, keptText200, changedText40, changedText200, partingText40,
		upstream, newCPU, nextCPU,
		startMemory, endMemory, busyCLIs, idleCLIs, idleCount,
	}
)

// figures are all single measurements: of a metric's key, of a subject's name.
type figures map[string]map[string][]float64

func (f figures) add(m metric, subject string, value float64) {
	if f[m.key] == nil {
		f[m.key] = map[string][]float64{}
	}
	f[m.key][subject] = append(f[m.key][subject], value)
}

// summary is the middle of some measurements and how far they lie apart.
type summary struct{ median, min, max float64 }

// summary is false when there are no measurements.
func (f figures) summary(m metric, subject string) (summary, bool) {
	values := slices.Sorted(slices.Values(f[m.key][subject]))
	if len(values) == 0 {
		return summary{}, false
	}
	half := len(values) / 2
	median := values[half]
	if len(values)%2 == 0 {
		median = (values[half-1] + values[half]) / 2
	}
	return summary{median, values[0], values[len(values)-1]}, true
}

// verdict compares the medians with the goal.
func (g goal) verdict(ours, theirs summary, known bool) string {
	var aim string
	var met bool
	switch {
	case g.times > 0:
		aim, met = fmt.Sprintf("1/%g", g.times), theirs.median >= g.times*ours.median
	case g.below > 0:
		aim, met = fmt.Sprintf("< %g", g.below), ours.median < g.below
	default:
		return ""
	}
	switch {
	case !known:
		return "goal " + aim + ": n/a"
	case met:
		return "goal " + aim + ": met"
	}
	return "goal " + aim + ": **missed**"
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
func megabytes(n int64) float64            { return float64(n) / 1e6 }
