// Command bench compares, in one run and through the same real Claude Code CLI,
// this proxy with the npm package claude-max-api-proxy and with the model asked
// directly. The model is the offline one, so that neither an account nor the
// network has a part in it:
//
//	bench ─┬─► claude-max-api ─► claude ─┐
//	       ├─► the npm package ─► claude ┼─► offline.Server, in this process
//	       └─────────────────────────────┘
//
// The three take turns with every single question, so that whatever else the
// machine does hits all of them alike. It prints medians and never judges by its
// exit code: figures of one machine on one day are for people to read.
//
// `make bench` fetches what it needs and runs it.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// options are the flags.
type options struct {
	proxy      string // binary of this proxy
	npm        string // folder where npm has installed the package
	clis       string // versions, with commas between them
	cliDir     string // has VERSION/node_modules/.bin/claude
	rounds     int    // for everything that is asked
	startups   int    // rounds of starting and stopping
	rest       time.Duration
	resultFile string
}

func main() {
	var o options
	flag.StringVar(&o.proxy, "proxy", "bin/claude-max-api", "`file` of this proxy")
	flag.StringVar(&o.npm, "npm", ".tools/npm-claude-max-api-proxy", "`folder` where npm has installed "+npmPackage)
	flag.StringVar(&o.clis, "cli", "2.1.197,2.1.330", "`versions` of the Claude Code CLI")
	flag.StringVar(&o.cliDir, "cli-dir", ".tools/claude", "`folder` of the CLI versions")
	flag.IntVar(&o.rounds, "rounds", 9, "how often each question is asked; those of long conversations half as often, rounded up")
	flag.IntVar(&o.startups, "starts", 5, "how often each proxy is started")
	flag.DurationVar(&o.rest, "rest", 100*time.Millisecond, "pause before each measurement")
	flag.StringVar(&o.resultFile, "json", "", "also write every single figure to this `file`")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, o)
	if ctx.Err() != nil {
		err = errors.New("interrupted")
	}
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) (err error) {
	if o.rounds < 1 || o.startups < 1 {
		return errors.New("-rounds and -starts have to be at least 1")
	}
	for _, path := range []*string{&o.proxy, &o.npm, &o.cliDir} {
		if *path, err = filepath.Abs(*path); err != nil {
			return err
		}
	}
	node, err := exec.LookPath("node")
	if err != nil {
		return fmt.Errorf("the npm package needs Node: %w", err)
	}
	version, err := installedVersion(o.npm)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "claude-max-api-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()

	report := report{
		Date: time.Now(), Machine: thisMachine(),
		Rounds: o.rounds, LongRounds: o.longRounds(), Starts: o.startups,
		Node: versionOf(node), NPMPackage: version,
	}
	for version := range strings.SplitSeq(o.clis, ",") {
		c := comparison{
			options: o, node: node,
			cli: filepath.Join(o.cliDir, version, "node_modules", ".bin", "claude"),
			dir: filepath.Join(dir, version),
		}
		figures, err := c.run(ctx)
		if err != nil {
			return fmt.Errorf("with Claude Code %s: %w", version, err)
		}
		report.CLIs = append(report.CLIs, cliReport{Version: versionOf(c.cli), Figures: figures})
	}
	report.Seconds = time.Since(report.Date).Seconds()
	report.print(os.Stdout)
	if o.resultFile == "" {
		return nil
	}
	data, err := json.MarshalIndent(report, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(o.resultFile, append(data, '\n'), 0o644)
}

// versionOf is the first word of what a program says of its version.
func versionOf(path string) string {
	out, err := exec.Command(path, "--version").Output()
	words := strings.Fields(string(out))
	if err != nil || len(words) == 0 {
		return "of unknown version"
	}
	return strings.TrimPrefix(words[0], "v")
}
