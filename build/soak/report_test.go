package soak

import (
	"fmt"
	"maps"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"
)

// report is all that a run has shown.
type report struct {
	cli    string
	seed   uint64
	mix    mix
	ledger *ledger
	took   time.Duration
	kills  int
	load   string         // of the machine, just before; see loadAverage
	left   map[string]int // files in the CLI's and the temporary directory, by folder

	before, start, end, after census

	mu     sync.Mutex
	during []census // after each part of the load but the last
}

// parts of a load, for what is looked at while it lasts.
const parts = 6

func (r *report) note(c census) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.during = append(r.during, c)
}

// table is the report in Markdown.
func (r *report) table() string {
	var b strings.Builder
	name := "Claude Code " + r.cli + " and the offline model"
	if r.cli == scripted {
		name = "the scripted CLI"
	}
	fmt.Fprintf(&b, "%s with %s, %d clients at once, %s, %d cores with a load average of %s before, seed %d.\n\n",
		r.took.Round(time.Second), name, r.mix.workers, runtime.GOOS+"/"+runtime.GOARCH, runtime.NumCPU(), r.load, r.seed)

	fmt.Fprintf(&b, "| requests | %d |\n|---|---|\n", r.ledger.requests())
	for _, v := range []verdict{right, left, expected, lost, wrong, hung} {
		fmt.Fprintf(&b, "| %s | %d |\n", v, r.ledger.count(v))
	}
	fmt.Fprintf(&b, "| CLI processes killed | %d |\n", r.kills)

	b.WriteString("\n| from the request to | answers | p50 | p95 | p99 |\n|---|---|---|---|---|\n")
	for _, kind := range []struct {
		name string
		all  map[string][]time.Duration
	}{{"first piece of a stream", r.ledger.first}, {"whole answer, blocking", r.ledger.whole}} {
		for _, way := range slices.Sorted(maps.Keys(kind.all)) {
			p50, p95, p99 := quantiles(kind.all[way])
			fmt.Fprintf(&b, "| %s: %s | %d | %s | %s | %s |\n", kind.name, way, len(kind.all[way]), ms(p50), ms(p95), ms(p99))
		}
	}

	b.WriteString("\n| | CLI processes | their memory, MB | memory of the program, MB | goroutines | file descriptors |\n|---|---|---|---|---|---|\n")
	row := func(when string, c census) {
		fmt.Fprintf(&b, "| %s | %d | %d | %d | %d | %d |\n", when, c.processes, c.cliMemory>>20, c.memory>>20, sum(c.goroutines), c.descriptors)
	}
	row("stopped, before", r.before)
	row("started, at rest", r.start)
	for i, c := range r.during {
		row("busy, "+(r.took*time.Duration(i+1)/parts).Round(time.Second).String(), c)
	}
	row("at rest again", r.end)
	row("stopped, after", r.after)
	if len(r.left) > 0 {
		b.WriteString("\nFiles of the CLI's at the end:")
		for i, in := range slices.Sorted(maps.Keys(r.left)) {
			fmt.Fprintf(&b, "%s %d in `%s`", map[bool]string{true: "", false: ","}[i == 0], r.left[in], in)
		}
		b.WriteString(".\n")
	}
	return b.String()
}

func ms(d time.Duration) string { return fmt.Sprintf("%.0f ms", float64(d)/float64(time.Millisecond)) }

const reportPath = "../../docs/soak.md"

// write puts the table where it is read.
func (r *report) write() error {
	text := `# Under load

<!-- Written by make soak ARGS='-update'; edit build/soak instead. -->

` + fmt.Sprintf("`make soak` drives the built program with a mixed load: blocking and streamed answers, conversations of several turns, round trips of\n"+
		"tools, long histories under changing system prompts, failures of upstream. In %d %% of the requests the client hangs up at some moment, in\n"+
		"%d %% a process of the CLI gets a SIGKILL. Each answer is checked to the letter; one that is not what this very conversation has to get\n"+
		"is counted as WRONG. A request whose process was killed may fail, and then must say so.\n\n", r.mix.leaves, r.mix.kills) +
		"One run:\n\n" + r.table() + `
The model answers at once, so the times are what everything before it takes under this load: waiting for one of the six processes, the proxy, the CLI,
and the clients, on the same cores, which may have other work besides. "Stopped" is the program while its proxy is stopped by ` + "`claude-max-api stop`" + `: what it has there after the load and
did not have before would be a leak.
`
	return os.WriteFile(reportPath, []byte(text), 0o644)
}
