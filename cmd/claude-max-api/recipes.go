package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"claude-max-api-proxy/app/setup"
)

// listRecipes prints what any client needs, and which ones there is more to say of.
func listRecipes(ctx context.Context, f *flags, c console) error {
	s, _, err := f.settings()
	if err != nil {
		return err
	}
	url := proxyURL(ctx, f, s)
	key := "anything"
	if s.APIKey != "" {
		key = "the proxy's API key"
	}
	fmt.Fprintf(c.out, "Base URL   %s\nAPI key    %s\nModels     %s\n", url, key, strings.Join(models(ctx, url, s.APIKey), ", "))
	fmt.Fprint(c.out, "\nclaude-max-api setup NAME shows what a client needs; those with a * it sets up, too:\n\n")
	table := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	for _, r := range setup.Recipes() {
		mark := " "
		if r.SetsUp() {
			mark = "*"
		}
		fmt.Fprintf(table, "  %s %s\t%s\n", mark, r.Name, r.Title)
	}
	return table.Flush()
}

// runRecipe shows what a client needs, changes its configuration (--yes), or puts it
// back (--undo).
func (cmd setupCommand) runRecipe(ctx context.Context, c console, r setup.Recipe, p setup.Proxy) error {
	text, err := r.Text(p)
	switch {
	case err != nil:
		return err
	case cmd.Print:
		_, err := io.WriteString(c.out, text)
		return err
	case cmd.Yes || cmd.Undo:
		return cmd.changeFile(ctx, c, r, p)
	}
	fmt.Fprintf(c.out, "%s. This goes into %s:\n\n%s\n", r.Title, r.Where, text)
	tellUse(c, r, p)
	if r.SetsUp() {
		fmt.Fprintf(c.out, "claude-max-api setup %s --yes puts it there, and --undo puts back what was before.\n", r.Name)
	}
	return nil
}

// tellUse says what is good to know besides the text.
func tellUse(c console, r setup.Recipe, p setup.Proxy) {
	if r.Hint != "" {
		fmt.Fprintln(c.out, r.Hint)
	}
	if p.Keyed {
		fmt.Fprintf(c.out, "The proxy's API key is not shown here: it has to be in the variable %s where the client runs.\n", setup.KeyVariable)
	}
}

func (cmd setupCommand) changeFile(ctx context.Context, c console, r setup.Recipe, p setup.Proxy) error {
	home, err := os.UserHomeDir()
	if err != nil {
		return err
	}
	file, err := r.File(p, home, os.Getenv)
	if err != nil {
		return err
	}
	plan := file.PlanSetUp
	if cmd.Undo {
		plan = file.PlanUndo
	}
	change, err := plan()
	if err != nil {
		return fmt.Errorf("%w; claude-max-api setup %s shows what belongs there", err, r.Name)
	}
	fmt.Fprintf(c.out, "%s, configured in %s\n\n", r.Title, change.File)
	if !cmd.Undo && len(change.Lines) == 0 {
		fmt.Fprintln(c.out, "It is set up already, and nothing was changed.")
		return nil
	}
	for _, line := range change.Lines {
		fmt.Fprintln(c.out, " ", line)
	}
	fmt.Fprintln(c.out)
	if !cmd.Yes && !confirm(c, "Undo the set-up like this? [y/N] ") {
		return errors.New("nothing was changed")
	}
	told, err := change.Apply(ctx)
	if err != nil {
		return err
	}
	for _, line := range told {
		fmt.Fprintln(c.out, line)
	}
	if !cmd.Undo {
		tellUse(c, r, p)
		fmt.Fprintf(c.out, "Back goes: claude-max-api setup %s --undo\n", r.Name)
	}
	return nil
}

// modelsTime is enough for a proxy on this machine, which has the list at hand.
const modelsTime = 2 * time.Second

// models are what the running proxy lists, or what every proxy has.
func models(ctx context.Context, baseURL, key string) []string {
	var names []string
	for _, family := range (setup.Proxy{}).Families() {
		names = append(names, family.ID)
	}
	ctx, cancel := context.WithTimeout(ctx, modelsTime)
	defer cancel()
	body, err := fetch(ctx, key, baseURL+"/models")
	var list struct{ Data []struct{ ID string } }
	if err != nil || json.Unmarshal(body, &list) != nil || len(list.Data) == 0 {
		return names
	}
	names = nil
	for _, m := range list.Data {
		names = append(names, m.ID)
	}
	return names
}
