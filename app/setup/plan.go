package setup

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"strings"
)

// Plan is a change of a client's configuration that waits for a person's yes.
type Plan struct {
	Version string // of OpenClaw; "" for others, which need not be installed
	File    string // the configuration
	Changes []Change
	Lines   []string // of a [File]: what would change in it, as "- old" and "+ new"
	Notes   []string // what else is good to know before

	// apply gives what is good to know afterwards.
	apply func(context.Context) ([]string, error)
}

// Change is one value, in words: no key is in it.
type Change struct{ Path, From, To string }

// Apply makes the change, and gives sentences for the person.
func (p Plan) Apply(ctx context.Context) (told []string, err error) { return p.apply(ctx) }

// PlanSetUp looks at what a configuration of [OpenClawConfig] would change, and asks
// OpenClaw whether it would take it. A plan without changes has nothing to apply.
func (o OpenClaw) PlanSetUp(ctx context.Context, config []byte) (Plan, error) {
	version, file, err := o.look(ctx)
	if err != nil {
		return Plan{}, err
	}
	text, now, err := o.read(ctx, file)
	if err != nil {
		return Plan{}, err
	}
	after, err := now.with(config)
	if err != nil {
		return Plan{}, err
	}
	plan := Plan{Version: version, File: file, Changes: changes(now, after)}
	if len(plan.Changes) == 0 {
		return plan, nil
	}
	if _, err := o.patch(ctx, config, "--dry-run"); err != nil {
		return Plan{}, fmt.Errorf("OpenClaw %s does not take the configuration, and nothing was changed: %w", version, err)
	}
	if text != nil && !json.Valid(text) {
		plan.Notes = append(plan.Notes, "OpenClaw writes the file anew, as plain JSON: comments in it go. The backup keeps them.")
	}
	if info, err := os.Lstat(file); err == nil && info.Mode().Type() == os.ModeSymlink {
		plan.Notes = append(plan.Notes, file+" is a link. OpenClaw puts a file in its place, and what it leads to stays as it is. Undo brings the text back, but not the link.")
	}
	plan.apply = func(ctx context.Context) ([]string, error) { return o.setUp(ctx, file, text, now, config) }
	return plan, nil
}

func (o OpenClaw) setUp(ctx context.Context, file string, text []byte, now document, config []byte) ([]string, error) {
	if err := unchanged(file, text); err != nil {
		return nil, err
	}
	backup, first, err := keep(file, text, now)
	if err != nil {
		return nil, fmt.Errorf("OpenClaw's configuration could not be backed up, and nothing was changed: %w", err)
	}
	said, err := o.patch(ctx, config)
	if err != nil {
		if first && unchanged(file, text) == nil {
			backup.discard()
		}
		return nil, err
	}
	patched, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("OpenClaw says that it took the configuration, but: %w", err)
	}
	// What stood there before a second set-up may have been the person's; then undo
	// must not put the whole file back.
	if first || backup.Patched == sum(text) {
		backup.Patched = sum(patched)
		if err := backup.save(); err != nil {
			return nil, fmt.Errorf("OpenClaw is set up, but undo will not know it: %w", err)
		}
	}
	return append(lines(said), backup.told()), nil
}

// with is the document as the patch makes it.
func (d document) with(config []byte) (document, error) {
	want, err := parse(config)
	if err != nil {
		return nil, err
	}
	after := d.clone()
	for _, path := range [][]string{providerPath, modePath} {
		if value, ok := want.get(path...); ok {
			after.set(value, path...)
		}
	}
	after.setPrimary(want.primary())
	return after, nil
}

// changes compares the three values.
func changes(from, to document) []Change {
	var all []Change
	a, _ := from.get(providerPath...)
	b, _ := to.get(providerPath...)
	if !reflect.DeepEqual(a, b) {
		c := Change{strings.Join(providerPath, "."), describe(a), describe(b)}
		if c.From == c.To {
			c.To += ", with other details"
		}
		all = append(all, c)
	}
	a, _ = from.get(modePath...)
	b, _ = to.get(modePath...)
	if !reflect.DeepEqual(a, b) {
		all = append(all, Change{strings.Join(modePath, "."), quoted(a), quoted(b)})
	}
	if x, y := from.primary(), to.primary(); x != y {
		all = append(all, Change{strings.Join(modelPath, ".") + ".primary", quoted(x), quoted(y)})
	}
	return all
}

const notSet = "not set"

func quoted(value any) string {
	if value == nil || value == "" {
		return notSet
	}
	return fmt.Sprintf("%q", fmt.Sprint(value))
}

// describe says what a provider is, without its key.
func describe(value any) string {
	provider, ok := value.(map[string]any)
	if !ok {
		return notSet
	}
	key := "an API key"
	if k := provider["apiKey"]; k == nil || k == anyKey {
		key = "no API key"
	}
	models, _ := provider["models"].([]any)
	return fmt.Sprintf("%v (models: %d, %s)", provider["baseUrl"], len(models), key)
}

// lines are the lines of a text that say something.
func lines(text string) []string {
	var all []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			all = append(all, line)
		}
	}
	return all
}
