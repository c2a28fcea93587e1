package main

import (
	"context"
	"fmt"

	"claude-max-api-proxy/proxy/offline"
)

// vainRounds is after how many of its round trips our proxy has learned of a client
// that no process needs to wait for its results.
const vainRounds = 2

// heldRoundTrip goes on with the results and nothing else: the process that has asked for
// them waits.
func (c *comparison) heldRoundTrip(ctx context.Context) error {
	return c.roundTrip(ctx, heldText, "read_file")
}

// replayedRoundTrip says something behind the results, as OpenClaw does: another process
// has to be told everything. The tool is another one, because clients are known by their tools.
func (c *comparison) replayedRoundTrip(ctx context.Context) error {
	return c.roundTrip(ctx, replayedText, "open_file", user("Go on from there."))
}

// roundTrip asks what the model calls a tool for, and times the answer to the results
// with what is said behind them. The npm package knows no tools.
func (c *comparison) roundTrip(ctx context.Context, m metric, tool string, behind ...message) error {
	ours := *c.proxies[0]
	ours.client = ours.client.withTool(tool)
	talk := []message{c.question()}
	calling := offline.Script(offline.Text(short...), offline.ToolUse("", tool, `{"path":`, `"notes.txt"}`))
	a, before, err := c.askWhole(ctx, &ours, calling, talk...)
	if err != nil {
		return err
	}
	if len(a.calls) != 1 || a.calls[0].Function.Name != tool {
		return fmt.Errorf("%s: one call of %s was to come, not %v", ours.name, tool, a.calls)
	}
	result := message{Role: "tool", Content: "Milk, bread and apples.", ToolCallID: a.calls[0].ID}
	talk = append(talk, message{Role: "assistant", Content: a.text, ToolCalls: a.calls}, result)
	talk = append(talk, behind...)
	b, after, err := c.askWhole(ctx, &ours, offline.Text(short...), talk...)
	if err != nil {
		return err
	}
	if held := len(behind) == 0; held != (before == after) {
		return fmt.Errorf("%s: %s: the results went to the wrong process", ours.name, m.name)
	}
	c.figures.add(m, ours.name, milliseconds(b.first))
	return nil
}
