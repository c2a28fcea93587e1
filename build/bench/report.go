package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
)

// report is the outcome of a run; it is also the JSON file.
type report struct {
	Date       time.Time   `json:"date"`
	Seconds    float64     `json:"seconds"`
	Machine    machine     `json:"machine"`
	Node       string      `json:"node"`
	NPMPackage string      `json:"npm_package"`
	Rounds     int         `json:"rounds"`
	LongRounds int         `json:"long_rounds"` // of long conversations
	Starts     int         `json:"starts"`
	CLIs       []cliReport `json:"clis"`
}

type cliReport struct {
	Version string  `json:"version"`
	Figures figures `json:"figures"`
}

// print writes Markdown that reads well without a renderer, too.
func (r report) print(w io.Writer) {
	fmt.Fprintf(w, "# Benchmark of %s\n\n", r.Date.Format("2006-01-02 15:04"))
	fmt.Fprintf(w, "%s; Node %s; npm package %s %s.\n", r.Machine, r.Node, npmPackage, r.NPMPackage)
	fmt.Fprintf(w, "Medians (lowest to highest) of %d rounds, %d for long conversations, %d for starts, in %.0f s. MB are 10^6 bytes, CLI memory is PSS.\n",
		r.Rounds, r.LongRounds, r.Starts, r.Seconds)
	var misses []string
	for _, cli := range r.CLIs {
		fmt.Fprintf(w, "\n## Claude Code %s\n\n", cli.Version)
		misses = append(misses, cli.print(w)...)
	}
	if len(misses) == 0 {
		fmt.Fprintln(w, "\nAll goals are met.")
		return
	}
	fmt.Fprintf(w, "\n%d missed:\n\n", len(misses))
	for _, miss := range misses {
		fmt.Fprintln(w, "-", miss)
	}
}

// print writes one table and returns the goals that were missed.
func (c cliReport) print(w io.Writer) (misses []string) {
	t := tabwriter.NewWriter(w, 0, 0, 1, ' ', 0)
	row := func(cells ...string) { fmt.Fprintln(t, "| "+strings.Join(cells, "\t| ")+"\t|") }
	row("", oursName, theirsName, modelName, "npm / ours", "goal")
	row("---", "---", "---", "---", "---", "---")
	for _, m := range metrics {
		ours, known := c.Figures.summary(m, oursName)
		theirs, both := c.Figures.summary(m, theirsName)
		ratio := ""
		if known && both && ours.median > 0 && theirs.median > 0 {
			ratio = fmt.Sprintf("%.1f ×", theirs.median/ours.median)
		}
		verdict := m.goal.verdict(ours, theirs, known && (both || m.goal.times == 0))
		if strings.Contains(verdict, "missed") {
			misses = append(misses, fmt.Sprintf("Claude Code %s: %s: %s", c.Version, m.name, strings.TrimSpace(ratio+" "+verdict)))
		}
		row(m.name, c.cell(m, oursName), c.cell(m, theirsName), c.cell(m, modelName), ratio, verdict)
	}
	_ = t.Flush() // as every other write here, to the terminal
	return misses
}

func (c cliReport) cell(m metric, subject string) string {
	s, ok := c.Figures.summary(m, subject)
	if !ok {
		if subject == modelName || m == limitText {
			return ""
		}
		return "n/a"
	}
	text := strings.TrimSpace(number(s.median) + " " + m.unit)
	if s.min != s.max {
		text += fmt.Sprintf(" (%s–%s)", number(s.min), number(s.max))
	}
	return text
}

// number has one decimal where that says something.
func number(x float64) string {
	if x < 20 && x != float64(int(x)) {
		return fmt.Sprintf("%.1f", x)
	}
	return fmt.Sprintf("%.0f", x)
}
