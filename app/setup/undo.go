package setup

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"

	"claude-max-api-proxy/app/settings/atomicfile"
)

// PlanUndo looks at how to go back to the configuration before the first set-up.
// Where nobody has changed the file since, it is put back byte for byte. Otherwise
// only the three values go back, through OpenClaw, as far as they are still what a
// set-up made of them.
func (o OpenClaw) PlanUndo(ctx context.Context) (Plan, error) {
	version, file, err := o.look(ctx)
	if err != nil {
		return Plan{}, err
	}
	backup, err := readRecord(file)
	if errors.Is(err, os.ErrNotExist) {
		return Plan{}, fmt.Errorf("there is nothing to undo: no backup of a set-up lies beside %s; "+
			"what was configured by hand goes with: openclaw config unset %s; and another model comes with: openclaw models set MODEL", file, strings.Join(providerPath, "."))
	}
	if err != nil {
		return Plan{}, err
	}
	old, err := backup.text()
	if err != nil {
		return Plan{}, err
	}
	before, err := parse(old)
	if old != nil && err != nil {
		return Plan{}, fmt.Errorf("the backup %s cannot be understood: %w", backup.place(), err)
	}
	text, now, err := o.read(ctx, file)
	if err != nil {
		return Plan{}, fmt.Errorf("%w\n%s", err, backup.told())
	}
	plan := Plan{Version: version, File: file}
	if text != nil && sum(text) == backup.Patched {
		plan.Changes = changes(now, before)
		plan.Notes = []string{"The file was not changed since the set-up: it is put back as it was, byte for byte, from " + backup.place()}
		if old == nil {
			plan.Notes = []string{"The file was not changed since the set-up, and there was none before: it is taken away."}
		}
		plan.apply = func(ctx context.Context) ([]string, error) { return o.putBack(ctx, backup, text, old, before) }
		return plan, nil
	}
	after := now.undone(before)
	plan.Changes = changes(now, after)
	plan.Notes = []string{"The file was changed since the set-up: only these values go back, and everything else stays as it is now."}
	if _, stays := after.get(providerPath...); !stays {
		for _, place := range after.naming() {
			plan.Notes = append(plan.Notes, "Still names a model of the proxy, and is yours to change: "+place)
		}
	}
	plan.apply = func(ctx context.Context) ([]string, error) { return o.takeOut(ctx, backup, text, now, after) }
	return plan, nil
}

// putBack makes the file what it was. OpenClaw may have another opinion: some versions
// replace a file that became much shorter, or lost what OpenClaw had put in, by a copy
// of their own. Then it is asked for the values.
func (o OpenClaw) putBack(ctx context.Context, backup record, text, old []byte, before document) (told []string, err error) {
	if err := unchanged(backup.file, text); err != nil {
		return nil, err
	}
	if old == nil {
		if err := os.Remove(backup.file); err != nil {
			return nil, err
		}
		backup.discard()
		return []string{"The configuration was taken away."}, nil
	}
	if err := atomicfile.Write(backup.file, old); err != nil {
		return nil, err
	}
	_, invalid := o.run(ctx, nil, "config", "validate")
	now, doc, err := o.read(ctx, backup.file)
	if invalid == nil && err == nil && !bytes.Equal(now, old) {
		return o.takeOut(ctx, backup, now, doc, doc.undone(before))
	}
	backup.discard()
	if invalid != nil {
		return nil, fmt.Errorf("%s is as it was before the set-up, but OpenClaw does not take that: %w", backup.file, invalid)
	}
	return []string{"The configuration is as it was, byte for byte."}, nil
}

// takeOut has OpenClaw set the values back.
func (o OpenClaw) takeOut(ctx context.Context, backup record, text []byte, now, after document) ([]string, error) {
	if err := unchanged(backup.file, text); err != nil {
		return nil, err
	}
	err := o.write(ctx, len(text), now, after)
	if name := after.primary(); err != nil && name != "" && name != now.primary() {
		// In a patch OpenClaw takes only names of models that it can look up, which what
		// it has long worked with need not be. This command only warns, and then the
		// patch does not change the name any more.
		if _, refused := o.run(ctx, nil, "models", "set", name); refused == nil {
			if text, now, err = o.read(ctx, backup.file); err == nil {
				err = o.write(ctx, len(text), now, after)
			}
		}
	}
	if err != nil {
		return nil, fmt.Errorf("OpenClaw did not take the values back: %w\n%s", err, backup.told())
	}
	_, result, err := o.read(ctx, backup.file)
	if err != nil {
		return nil, err
	}
	if left := changes(result, after); len(left) > 0 {
		return nil, fmt.Errorf("OpenClaw took the values back, but %s is now %s, not %s; %s", left[0].Path, left[0].From, left[0].To, backup.told())
	}
	if err := backup.end(); err != nil {
		return nil, err
	}
	if backup.Backup == "" {
		return []string{"The values are as before the set-up."}, nil
	}
	return []string{"The values are as before the set-up. The whole configuration from before stays in " + backup.place()}, nil
}

// write makes one document the other, with patches.
func (o OpenClaw) write(ctx context.Context, length int, now, after document) error {
	if reflect.DeepEqual(now, after) {
		return nil
	}
	for _, next := range writes(length, now, after) {
		patch, err := now.patchTo(next)
		if err != nil {
			return err
		}
		if _, err := o.patch(ctx, patch); err != nil {
			return err
		}
		now = next
	}
	return nil
}

// undone is the document without what a set-up made of it: the three values are as
// before, unless the person has set another one since.
func (d document) undone(before document) document {
	after := d.clone()
	after.restore(before, providerPath)
	if mode, _ := d.get(modePath...); mode == modeMerge {
		after.restore(before, modePath)
	}
	if strings.HasPrefix(d.primary(), providerID+"/") {
		after.restorePrimary(before)
	}
	// Objects that were made for the values go with them.
	for _, path := range [][]string{providerPath[:2], modePath[:1], modelPath, modelPath[:2], modelPath[:1]} {
		value, _ := after.get(path...)
		object, ok := value.(map[string]any)
		if _, was := before.get(path...); ok && len(object) == 0 && !was {
			after.remove(path...)
		}
	}
	return after
}

func (d document) restore(before document, path []string) {
	if value, was := before.get(path...); was {
		d.set(cloned(value), path...)
	} else {
		d.remove(path...)
	}
}

// restorePrimary keeps what the person has said of the model since, as fallbacks.
func (d document) restorePrimary(before document) {
	was, _ := before.get(modelPath...)
	model, _ := d.get(modelPath...)
	object, _ := model.(map[string]any)
	_, wasObject := was.(map[string]any)
	if !wasObject && len(object) <= 1 {
		d.restore(before, modelPath) // a mere name, or nothing
		return
	}
	if name := before.primary(); name != "" {
		d.setPrimary(name)
		return
	}
	d.remove(append(slices.Clone(modelPath), "primary")...)
}
