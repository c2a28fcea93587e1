// Command standin plays the Claude Code CLI as a test says. Package claudetest builds
// it and holds the test's side.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"os"

	"claude-max-api-proxy/proxy/claude/claudetest"
)

func main() {
	conn, err := net.Dial("tcp", os.Getenv(claudetest.Variable))
	if err != nil {
		fmt.Fprintln(os.Stderr, "the stand-in CLI has lost its test:", err)
		os.Exit(3)
	}
	c := &child{
		ask: json.NewEncoder(conn), told: json.NewDecoder(conn),
		in: bufio.NewReader(os.Stdin), out: bufio.NewWriter(os.Stdout),
		version: claudetest.Versions[len(claudetest.Versions)-1],
	}
	c.live()
}
